/**
 * Recorded runs of SWE-agent (`.traj`): `history` becomes the messages, the steps of `trajectory` the plan.
 */
import type { Json } from '../../../src/contract/json.js';
import type { Form, FormReader, Taken } from '../form.js';
import { isObject } from '../json-text.js';
import { messageOf } from '../message.js';
import { StepList } from '../steps.js';

export const trajectory: Form = {
  name: 'recorded run',
  keepsNoOthers: true,
  recognises(record, member) {
    if (!isObject(record)) return false;
    if (member === 'history') return record.role !== undefined && record.observation === undefined;
    const isStep =
      record.thought !== undefined || record.action !== undefined || record.response !== undefined;
    return member === 'trajectory' && isStep && record.source === undefined && record.role === undefined;
  },
  read: () => new Reader(),
};

class Reader implements FormReader {
  readonly steps = new StepList();

  take(record: Json, member: string | null): Taken {
    if (!isObject(record)) return undefined;
    if (member === 'history') return [messageOf(record)];
    if (member !== 'trajectory') return undefined;
    this.steps.add(record);
    return [];
  }
}
