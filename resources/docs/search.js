// Hides the entries that do not hold all the words, and the headings above nothing.
const field = document.getElementById("search");
const rows = [...document.querySelectorAll("li")];
const frames = [...document.querySelectorAll("section, section > div")];
field.addEventListener("input", () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) row.hidden = !words.every((word) => row.dataset.text.includes(word));
  for (const frame of frames) frame.hidden = !frame.querySelector("li:not([hidden])");
  document.getElementById("none").hidden = rows.some((row) => !row.hidden);
});
