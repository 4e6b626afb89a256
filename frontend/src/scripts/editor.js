// Turns <textarea data-editor="jinja"> into an editor that keeps the textarea as the field sent.
import { EditorState } from "@codemirror/state";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { jinja } from "@codemirror/lang-jinja";
import { tags } from "@lezer/highlight";
import { basicSetup, EditorView } from "codemirror";

// Our tokens on our pages, the admin's own variables in the admin.
const mono = "ui-monospace, Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans Mono CJK SC', monospace";
const look = EditorView.theme({
  "&": { fontSize: "13px", color: "var(--text, var(--body-fg))", background: "var(--surface, var(--body-bg))", border: "1px solid var(--line-strong, var(--border-color))", borderRadius: "6px", overflow: "hidden" },
  "&.cm-focused": { outline: "2px solid var(--accent-text, var(--link-fg))" },
  ".cm-scroller": { maxHeight: "60vh", fontFamily: mono, lineHeight: "1.6" },
  ".cm-content": { caretColor: "var(--text, var(--body-fg))" },
  ".cm-cursor": { borderLeftColor: "var(--text, var(--body-fg))" },
  ".cm-gutters": { background: "var(--raised, var(--darkened-bg))", color: "var(--quiet, var(--body-quiet-color))", borderRight: "1px solid var(--line, var(--border-color))" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in oklab, var(--accent) 7%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-line, var(--selected-bg))" },
});
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: "var(--accent-text, var(--link-fg))" },
  { tag: [tags.tagName, tags.angleBracket], color: "var(--good)" },
  { tag: [tags.string, tags.attributeValue, tags.number, tags.bool], color: "var(--bad)" },
  { tag: [tags.attributeName, tags.brace], color: "var(--warm)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--quiet, var(--body-quiet-color))", fontStyle: "italic" },
]);

for (const field of document.querySelectorAll("textarea[data-editor='jinja']")) {
  // In a shadow root CodeMirror adopts its style sheets; in the document it would insert <style>,
  // which our Content-Security-Policy blocks.
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  new EditorView({
    parent: root,
    root,
    doc: field.value,
    extensions: [
      basicSetup,
      jinja(),
      look,
      // As tall as the field was without this script.
      EditorView.theme({ ".cm-scroller": { minHeight: `${field.rows * 1.6 + 0.8}em` } }),
      EditorState.readOnly.of(field.readOnly),
      syntaxHighlighting(colours),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ tabindex: "0", "aria-label": field.labels[0]?.textContent.trim() ?? field.name }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        field.value = update.state.doc.toString();
        // Whoever listens to the field (a live preview) hears of the change.
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    ],
  });
  field.hidden = true;
  field.after(host);
}
