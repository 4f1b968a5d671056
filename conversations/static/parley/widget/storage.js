// localStorage and sessionStorage by site, which a browser may block inside a frame: then this page remembers.

/**
 * @param {"localStorage" | "sessionStorage"} kind
 * @param {string} site
 */
export function openStore(kind, site) {
  const prefix = `parley:${site}:`;
  const memory = new Map();
  const real = usable(kind);

  return {
    /** @param {string} name @returns {any} what was put, or null */
    get(name) {
      const text = real ? real.getItem(prefix + name) : memory.get(prefix + name);
      try {
        return text === undefined || text === null ? null : JSON.parse(text);
      } catch {
        return null; // somebody else's, or half written
      }
    },
    /** @param {string} name @param {any} value null forgets it */
    put(name, value) {
      if (value === null) {
        memory.delete(prefix + name);
        if (real) real.removeItem(prefix + name);
        return;
      }
      const text = JSON.stringify(value);
      memory.set(prefix + name, text);
      try {
        if (real) real.setItem(prefix + name, text);
      } catch {
        // Full: nothing to do but to go on without.
      }
    },
    /** @param {string} start @returns {string[]} the names that begin so */
    names(start) {
      const keys = real ? Object.keys(real) : [...memory.keys()];
      return keys.filter((key) => key.startsWith(prefix + start)).map((key) => key.slice(prefix.length));
    },
    /** @param {string} name @param {() => void} listener called when another tab changes it */
    watch(name, listener) {
      window.addEventListener("storage", (event) => event.key === prefix + name && listener());
    },
  };
}

function usable(kind) {
  try {
    const storage = window[kind];
    storage.setItem("parley:test", "1");
    storage.removeItem("parley:test");
    return storage;
  } catch {
    return null;
  }
}
