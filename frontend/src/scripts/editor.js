// Turns <textarea data-editor="jinja"> into an editor that keeps the textarea as the field sent.
import { basicSetup, EditorView } from "codemirror";
import { jinja } from "@codemirror/lang-jinja";

const look = EditorView.theme({
  "&": { fontSize: "13px", border: "1px solid var(--line, #d5d9e0)", borderRadius: "6px" },
  "&.cm-focused": { outline: "2px solid var(--accent, #0052d9)" },
  ".cm-scroller": { minHeight: "12rem", maxHeight: "60vh", fontFamily: "ui-monospace, Menlo, Consolas, monospace" },
});

for (const field of document.querySelectorAll("textarea[data-editor='jinja']")) {
  const label = field.labels[0]?.textContent.trim() ?? field.name;
  const view = new EditorView({
    doc: field.value,
    extensions: [
      basicSetup,
      jinja(),
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ "aria-label": label }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        field.value = update.state.doc.toString();
        // Whoever listens to the field (a live preview) hears of the change.
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
  field.hidden = true;
  field.after(view.dom);
}
