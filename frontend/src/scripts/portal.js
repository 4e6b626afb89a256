// Everything here only makes pages quicker to use; each page works without it.
import "./menus.js";
import "./keys.js";
import "./selection.js";
import "./dialogs.js";
import "./lists.js";
import "./places.js";
