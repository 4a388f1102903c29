// A field for files: chosen, dropped or pasted, uploaded at once, shown small.

import { h, icon } from "./dom.js";
import { store } from "./store.js";
import { upload } from "./socket.js";
import { toast } from "./toast.js";
import { fileSize, say } from "./words.js";

/** Whether the file is one that Discord would take; tells the person if not. */
export function fits(file) {
  if (file.size <= store.fileLimit) return true;
  toast(say("{name} is too large. The most is {size}.", { name: file.name, size: fileSize(store.fileLimit) }));
  return false;
}

/** Upload a file; {name, size, type, preview, upload}, or null after telling why not. */
export async function taken(file) {
  if (!fits(file)) return null;
  try {
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    return { name: file.name, size: file.size, type: file.type, preview, upload: await upload(file) };
  } catch {
    toast(say("{name} could not be uploaded. Try once more.", { name: file.name }));
    return null;
  }
}

/** Files from a drop or a paste. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}

/** {element, input, value(), takeFile()}: value is {upload} for one file, {uploads} for several. */
export function fileField({ most = 1, several = false, accept = "image/*" } = {}) {
  let held = [];
  const chooser = h("input", { type: "file", accept, multiple: most > 1, hidden: true });
  const face = h("button", { type: "button", class: "file-button" });
  const box = h("span", { class: "file-field" }, face, chooser);
  const show = () => {
    face.replaceChildren(...(held.length ? held.flatMap(({ preview, name }) => [preview ? h("img", { src: preview, alt: "" }) : icon("file"), h("span", {}, name)]) : [icon(accept ? "picture" : "file"), h("span", {}, accept ? say("Choose or drop a picture") : say("Choose or drop a file"))]));
  };
  const take = async (file) => {
    face.setAttribute("aria-busy", "true");
    const one = await taken(file);
    face.removeAttribute("aria-busy");
    if (one) held = [...held, one].slice(-most);
    show();
    face.dispatchEvent(new Event("input", { bubbles: true }));
  };
  face.onclick = () => chooser.click();
  chooser.onchange = async () => {
    for (const file of chooser.files) await take(file);
    chooser.value = "";
  };
  box.ondragover = (event) => {
    event.preventDefault();
    box.classList.add("over");
  };
  box.ondragleave = () => box.classList.remove("over");
  box.ondrop = (event) => {
    event.preventDefault();
    event.stopPropagation();
    box.classList.remove("over");
    filesOf(event.dataTransfer).slice(0, most).forEach(take);
  };
  show();
  const value = () => {
    if (several) return { uploads: held.map((one) => one.upload) };
    return held.length ? { upload: held[0].upload } : undefined;
  };
  return { element: box, input: face, value, takeFile: take, count: () => held.length };
}
