export interface Waiting {a:1}
