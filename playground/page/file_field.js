// A field for files: chosen, dropped or pasted, uploaded at once, shown small.

import { h, icon } from "./dom.js";
import { store } from "./store.js";
import { upload } from "./socket.js";
import { toast } from "./toast.js";
import { fileSize, say } from "./words.js";

/** Upload a file; {name, size, type, preview, upload}, or null after `tell`ing why not. */
export async function taken(file, tell = toast) {
  if (file.size > store.fileLimit) {
    tell(say("{name} is too large. The most is {size}.", { name: file.name, size: fileSize(store.fileLimit) }));
    return null;
  }
  try {
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
    return { name: file.name, size: file.size, type: file.type, preview, upload: await upload(file) };
  } catch {
    tell(say("{name} could not be uploaded. Try once more.", { name: file.name }));
    return null;
  }
}

/** Files from a drop or a paste. */
export function filesOf(transfer) {
  return [...(transfer?.files ?? [])];
}

/**
 * {element, input, value(), take(files), settled(), count(), wrong()}: value is {upload} for one file, {uploads} for
 * several; it lacks what is still on its way until settled() resolves.
 * `complain(sentence)` shows at the field why a file was not taken; wrong() says it again while the field is empty.
 */
export function fileField({ most = 1, several = false, accept = "image/*", complain }) {
  let held = [];
  let refused = "";
  let underway = Promise.resolve();
  const chooser = h("input", { type: "file", accept, multiple: most > 1, hidden: true });
  const face = h("button", { type: "button", class: "file-button" });
  const box = h("span", { class: "file-field" }, face, chooser);
  const show = () => {
    face.replaceChildren(...(held.length ? held.flatMap(({ preview, name }) => [preview ? h("img", { src: preview, alt: "" }) : icon("file"), h("span", {}, name)]) : [icon(accept ? "picture" : "file"), h("span", {}, accept ? say("Choose or drop a picture") : say("Choose or drop a file"))]));
  };
  const take = (files) => (underway = uploaded(files));
  const uploaded = async (files) => {
    refused = "";
    face.setAttribute("aria-busy", "true");
    for (const file of files) {
      const one = await taken(file, (sentence) => (refused = sentence));
      if (one) held = [...held, one].slice(-most);
      show();
    }
    face.removeAttribute("aria-busy");
    face.dispatchEvent(new Event("input", { bubbles: true }));
    complain(refused);
  };
  face.onclick = () => chooser.click();
  chooser.onchange = async () => {
    await take([...chooser.files]);
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
    take(filesOf(event.dataTransfer).slice(0, most));
  };
  show();
  const value = () => {
    if (several) return { uploads: held.map((one) => one.upload) };
    return held.length ? { upload: held[0].upload } : undefined;
  };
  return { element: box, input: face, value, take, settled: () => underway, count: () => held.length, wrong: () => (held.length ? "" : refused) };
}
