// Keeps the text of long staff forms in this tab (sessionStorage) until the form is sent. Never used on tip pages: the
// layout of the citizen's form carries data-private and the module refuses there.
const KEPT = "textarea, input[type=text], input[type=date], input[type=datetime-local], input[type=number], select";

export default function autosave(form) {
  if (document.body.classList.contains("shell-tip")) return;
  const key = `draft:${form.dataset.autosave || form.action}`;
  const fields = [...form.querySelectorAll(KEPT)].filter((field) => field.name && field.name !== "csrf_token" && field.name !== "seen");
  let saved = {};
  try { saved = JSON.parse(sessionStorage.getItem(key) ?? "{}"); } catch { saved = {}; }
  const missing = fields.filter((field) => saved[field.name] && !field.value);
  if (missing.length) {
    for (const field of missing) {
      field.value = saved[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const note = document.createElement("p");
    note.className = "saved";
    note.setAttribute("role", "status");
    note.textContent = document.documentElement.lang.startsWith("en") ? "Your unsent text was put back." : "上次没提交的内容已放回。";
    form.prepend(note);
  }
  if ("autosaveOffer" in form.dataset && !document.querySelector("#errors")) offer(form, fields, saved, key);
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const now = Object.fromEntries(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
      try { sessionStorage.setItem(key, JSON.stringify(now)); } catch { /* storage full or forbidden: the form still works */ }
    }, 400);
  });
  // Words that were there before this script was: on a slow line a page can be used long before its scripts arrive.
  if (fields.some((field) => "defaultValue" in field && field.value !== field.defaultValue)) form.dispatchEvent(new Event("input"));
  // The draft goes when a page arrives that did not come back with the same form, i.e. the server took it.
  form.addEventListener("submit", () => sessionStorage.setItem("draft-sent", key));
}

// A form that comes filled (an editor on a saved text): unsaved words of this tab are offered, never put over it unasked.
function offer(form, fields, saved, key) {
  const differing = fields.filter((field) => saved[field.name] && field.value && saved[field.name] !== field.value);
  if (!differing.length) return;
  const english = document.documentElement.lang.startsWith("en");
  const box = document.createElement("div");
  box.className = "draft-offer";
  box.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = english ? "This tab holds text that was not saved." : "这个标签页里有一份没存的文字，和现在的不一样。";
  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn quiet small";
    made.textContent = text;
    made.addEventListener("click", () => { act(); box.remove(); });
    return made;
  };
  box.append(words, button(english ? "Put it back" : "放回来", () => {
    for (const field of differing) {
      field.value = saved[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }), button(english ? "Throw it away" : "不要了", () => sessionStorage.removeItem(key)));
  form.prepend(box);
}

const sent = (() => { try { return sessionStorage.getItem("draft-sent"); } catch { return null; } })();
if (sent && !document.querySelector("#errors, .error-page")) {
  sessionStorage.removeItem(sent);
  sessionStorage.removeItem("draft-sent");
}
