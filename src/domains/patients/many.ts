import { action } from '../../core/action.ts'
import { eachById, Many } from '../../core/many.ts'
import { showPatients } from './shown.ts'

/** As `getPatient`, of many. */
export const getPatients = action({
  id: 'patients.getMany',
  scope: 'patients:read',
  portal: ['patient'],
  input: Many,
  run: async (ctx, { ids }) => eachById(await showPatients(ctx, ids)),
})
