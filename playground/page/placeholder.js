// What invites to write in an empty text box: the longest sentence that fits into it.

let pen;

/** The first of `sentences` that `field` can show whole; the last if none fits. */
export function fitting(field, sentences) {
  pen ??= document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(field);
  pen.font = style.font;
  const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return sentences.find((one) => pen.measureText(one).width <= room) ?? sentences.at(-1);
}
