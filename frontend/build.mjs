// Builds dist/portal/: three style sheets, the scripts and the icon sprite. Run by `make setup`;
// `npm run watch` rebuilds while one works on the sources.
import { cp, mkdir, readFile, rm, watch, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const out = "dist/portal";
const icons = "node_modules/@tabler/icons/icons/outline";
// Staff browsers must know light-dark(), which Tabler uses; candidates open the notice on any phone.
const staff = ["chrome123", "edge123", "firefox120", "safari17.5"];
const anyPhone = ["chrome80", "safari13", "firefox78"];

async function sprite() {
  const lines = (await readFile("src/icons.txt", "utf8")).split("\n");
  const names = lines.filter((line) => line && !line.startsWith("#"));
  const symbols = names.map(async (name) => {
    const svg = await readFile(`${icons}/${name}.svg`, "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  await writeFile(
    `${out}/icons.svg`,
    `<svg xmlns="http://www.w3.org/2000/svg">${(await Promise.all(symbols)).join("")}</svg>\n`,
  );
}

function bundle(entryPoint, target) {
  const options = { entryPoints: [entryPoint], outdir: out, bundle: true, minify: true, target, external: ["sign-in.svg"] };
  return build({ ...options, format: "iife", legalComments: "none" });
}

async function everything() {
  await rm("dist", { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await Promise.all([
    sprite(),
    bundle("src/styles/portal.css", staff),
    bundle("src/styles/admin.css", staff),
    bundle("src/styles/candidate.css", anyPhone),
    bundle("src/scripts/portal.js", staff),
    bundle("src/scripts/editor.js", staff),
    bundle("src/scripts/charts.js", staff),
    cp("src/images", out, { recursive: true }),
  ]);
}

await everything();
if (process.argv.includes("--watch")) {
  for await (const change of watch("src", { recursive: true })) {
    console.log(`${change.filename} changed`);
    await everything().catch((error) => console.error(error.message));
  }
}
