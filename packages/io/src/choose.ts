import { holdsReals } from './convert.js';
import { InputError } from './errors.js';
import { shapeText } from './numeric.js';
import type { VariableInfo } from './types.js';

/** Attributes by which CF names a variable's helpers: coordinates, cell bounds, areas. */
const helperAttributes = ['coordinates', 'bounds', 'climatology', 'cell_measures', 'grid_mapping', 'formula_terms'];

const describe = (v: VariableInfo): string => `${v.name} (${v.dtype}, ${shapeText(v.shape)})`;

const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

function list(variables: VariableInfo[]): string {
  // A model's output can hold hundreds; a sentence cannot.
  const most = 30;
  const shown = variables.slice(0, most).map(describe).join(', ');
  return variables.length > most ? `${shown} and ${variables.length - most} more` : shown;
}

/** Variables that are somebody's data rather than the description of a grid. */
function candidates(variables: VariableInfo[]): VariableInfo[] {
  const helpers = new Set<string>();
  for (const { attributes } of variables) {
    for (const name of helperAttributes) {
      const value = attributes[name];
      if (typeof value === 'string') for (const word of value.split(/[\s:]+/)) helpers.add(word);
    }
  }
  for (const { dimensions } of variables) for (const name of dimensions) helpers.add(name);
  return variables.filter(
    v =>
      v.shape.length >= 2 &&
      v.shape.every(size => size > 0) &&
      holdsReals(v) &&
      !helpers.has(v.name) &&
      !helpers.has(baseName(v.name)),
  );
}

export function findVariable(path: string, variables: VariableInfo[], name: string | undefined): VariableInfo {
  if (name !== undefined) {
    // HDF5 users write /group/name.
    const found = variables.find(v => v.name === name) ?? variables.find(v => `/${v.name}` === name);
    if (found) return found;
    throw new InputError(
      'no-such-variable',
      variables.length
        ? `${path} has no variable ${name}; it has ${list(variables)}.`
        : `${path} has no variable ${name}: it has none at all.`,
    );
  }
  if (variables.length === 1) return variables[0]!;
  const fitting = candidates(variables);
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length === 0) {
    throw new InputError(
      'no-such-variable',
      variables.length
        ? `${path} has no variable of real numbers with two or more dimensions; name the one to read, of ${list(variables)}.`
        : `${path} holds no variables.`,
    );
  }
  throw new InputError(
    'ambiguous-variable',
    `${path} holds ${fitting.length} variables that could be meant; name one of ${list(fitting)}.`,
  );
}
