/** The server's word that what one follows is there no more. */
import { ApiError } from './api-error.js';

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404 && error.code !== 'unexpected_answer';
}
