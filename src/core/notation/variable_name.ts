/** The names that environment variables may have. Pure. */

/** Whether execve(2) takes it as a variable's name and a ConfigMap as a key. */
export const isVariableName = (name: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name);
