// The pins of the maps, drawn on a canvas in the page's own inks: a shape for each stage and outcome, a thick ring when late.

export const RATIO = 2;
export const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const TONES = { news: "news", gov: "gov", ball: "ball", late: "late", ok: "ok", plain: "ink", quiet: "ink-2" };

function canvas(width, height) {
  const surface = document.createElement("canvas");
  surface.width = Math.ceil(width * RATIO);
  surface.height = Math.ceil(height * RATIO);
  const pen = surface.getContext("2d", { willReadFrequently: true });
  pen.scale(RATIO, RATIO);
  return [surface, pen];
}

const pixels = (surface, pen) => pen.getImageData(0, 0, surface.width, surface.height);

function pin(look, late) {
  const size = 28;
  const [surface, pen] = canvas(size, size);
  const tone = ink(TONES[look?.tone] ?? "ink");
  pen.beginPath();
  pen.arc(14, 14, 11.5, 0, 7);
  pen.fillStyle = ink("sheet");
  pen.fill();
  pen.lineWidth = late ? 4 : 1.75;
  pen.strokeStyle = late ? ink("late") : tone;
  pen.stroke();
  pen.translate(7.6, 7.6);
  pen.scale(0.8, 0.8);
  pen.fillStyle = tone;
  if (look) pen.fill(new Path2D(look.path), "evenodd");
  return pixels(surface, pen);
}

function drop() {
  const [surface, pen] = canvas(32, 40);
  pen.translate(16, 36);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.bezierCurveTo(-4, -8, -11, -13, -11, -21);
  pen.arc(0, -21, 11, Math.PI, 0);
  pen.bezierCurveTo(11, -13, 4, -8, 0, 0);
  pen.fillStyle = ink("news");
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = ink("sheet");
  pen.stroke();
  pen.beginPath();
  pen.arc(0, -21, 4, 0, 7);
  pen.fillStyle = ink("sheet");
  pen.fill();
  return pixels(surface, pen);
}

/** The picture of a name: `pin:stage-queued`, `pin:stage-queued!` (late), `here:`; null for others. */
export function draw(id, data) {
  const [kind, name] = id.split(":");
  if (kind === "pin") return pin(data.looks[name.replace(/!$/, "")], name.endsWith("!"));
  return kind === "here" ? drop() : null;
}
