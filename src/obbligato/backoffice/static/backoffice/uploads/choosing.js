// What somebody dropped or chose, as files with their paths. Hidden ones, and what systems leave in folders, stay out.
const LEFT_BY_SYSTEMS = new Set(["thumbs.db", "desktop.ini", "__macosx"]);

const isWanted = (path) =>
  path.split("/").every((name) => name && !name.startsWith(".") && !LEFT_BY_SYSTEMS.has(name.toLowerCase()));

// Of an <input type=file>, also one for folders.
export const chosen = (input) =>
  [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })).filter(({ path }) => isWanted(path));

// Of a drop: folders are read to their ends. The entries must be asked for before anything is waited for.
export const dropped = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const entry of entries) await gather(entry, found);
  return found.filter(({ path }) => isWanted(path));
};

const gather = async (entry, found) => {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ path: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {  // A reader gives some at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await gather(one, found);
  }
};
