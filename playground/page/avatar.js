// Faces: the bot's seal, the people of the playground in a few pencil strokes, a letter for anybody else.

import { svg } from "./dom.js";

const STROKES = {
  // The character 原 of 原画, "key drawing", stroke by stroke.
  seal: "M9.5 9.500h21M9.5 9.500v9c0 5-.6 8.6-2.6 12M19.5 12.500l-1.4 3M13.5 15.600h12.400v8.800H13.500zM13.5 20h12.400M19.7 24.400v6.200c0 1.3-.7 1.7-2.3 1.500M14.8 27.200l-2.5 3.400M24.5 27.200l3 3.4",
};

const FACES = {
  Mori: {
    paper: "#f2dfc4", hair: "#8a4f35",
    back: "M16 7.500C14 3 26 3 24 7.500c6 1.500 7.500 7 6.500 13.500-.3 2-1 3.500-1.500 4.500H11c-.5-1-1.200-2.500-1.500-4.500C8.500 14.500 10 9 16 7.500Z",
    front: "M11 20.500c-.4-6 3-10 9-10s9.400 4 9 10c-1.500-3.500-3-5-5.500-6-3 3.200-8.500 3.500-12.500 6Z",
  },
  Aiko: {
    paper: "#cfdcf2", hair: "#3d4f86",
    back: "M9 22C8 10 13 6 20 6s12 4 11 16c-.4 5-1 8-2 10H11c-1-2-1.6-5-2-10Z",
    front: "M11 19c.5-6 4-8 9-8s8.5 2 9 8c-2-1-3.4-2.6-4-4.5-1 1.6-6 3.5-14 4.500Z",
  },
  Binh: {
    paper: "#d3e8dc", hair: "#2f4a43",
    back: "M10.5 20C9 11 13.5 7 20 7s11 4 9.5 13l-1.5 3H12l-1.5-3Z",
    front: "M11 19.500c-.4-4 1.6-7 4-8.500l1 2.5 2-3 2 2.8 2.4-2.8 1.6 3 2-2.200c2 1.7 3.4 4.4 3 8.2-2.4-1.4-4-2-9-2s-6.6.6-9 2Z",
  },
};

/** A round picture of whoever it is. */
export function avatar({ name, bot }) {
  const drawing = svg("svg", { class: "avatar", viewBox: "0 0 40 40", "aria-hidden": "true" });
  drawing.append(...(bot ? seal() : FACES[name] ? face(FACES[name]) : letter(name)));
  return drawing;
}

/** The bot's seal, for places where it stands for the whole. */
export function seal() {
  const stamp = svg("path", { class: "seal", d: "M7.5 4.200C13 3.4 27 3.3 33 4.100c2 .3 2.8 1.4 3 3.4.8 6 .7 19 0 25.3-.2 2-1.2 2.9-3.2 3.1-6 .7-19.5.8-25.4 0-2-.2-3-1.2-3.2-3.2-.8-6-.7-19.5 0-25.3.2-2 1.3-2.9 3.3-3.200Z" });
  return [stamp, svg("path", { class: "seal-sign", d: STROKES.seal })];
}

function face({ paper, hair, back, front }) {
  const line = { stroke: "#2a251f", "stroke-width": "1", "stroke-linejoin": "round" };
  return [
    svg("circle", { cx: 20, cy: 20, r: 20, fill: paper }),
    svg("path", { d: "M9 40c.5-6 5-8.5 11-8.500S30.5 34 31 40Z", fill: hair, opacity: ".55" }),
    svg("path", { d: back, fill: hair, ...line }),
    svg("path", { d: "M12 18c0 8 4 13.5 8 13.500s8-5.5 8-13.500c-2-4-14-4-16 0Z", fill: "#fbe6d6", ...line }),
    svg("path", { d: front, fill: hair, ...line }),
    svg("path", { d: "M15.8 21.500v2.200M24.2 21.500v2.2", stroke: "#2a251f", "stroke-width": "2", "stroke-linecap": "round" }),
    svg("path", { d: "M18.6 27.300c.9.8 1.9.8 2.8 0", stroke: "#b4533f", "stroke-width": "1.2", fill: "none", "stroke-linecap": "round" }),
    svg("path", { d: "M13.6 25.500h2M24.4 25.500h2", stroke: "#eda899", "stroke-width": "1.6", "stroke-linecap": "round", opacity: ".8" }),
  ];
}

function letter(name) {
  const hue = [...name].reduce((sum, one) => (sum * 31 + one.codePointAt(0)) % 360, 7);
  const sign = svg("text", { x: 20, y: 21, class: "avatar-letter" });
  sign.append([...name][0]?.toUpperCase() ?? "?");
  return [svg("circle", { cx: 20, cy: 20, r: 20, fill: `hsl(${hue} 42% 46%)` }), sign];
}
