// Builds page.html: bundle, style and the policy that allows these two and nothing else. `node build.mjs --check`
// fails if the page that stands there is not what the sources give.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => readFileSync(at(path), "utf8");

const bundle = await esbuild.build({
  absWorkingDir: at("."),
  entryPoints: ["src/main.ts"],
  bundle: true,
  write: false,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: "es2022",
  legalComments: "none",
});
const minified = (text) => esbuild.transformSync(text, { loader: "css", minify: true, charset: "utf8" }).code.trim();

// "</script" would end the element, whatever stands around it.
const script = bundle.outputFiles[0].text.trim().replaceAll("</script", "<\\/script");
const style = minified(read("node_modules/uplot/dist/uPlot.min.css") + read("src/style.css"));
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`;
const version = JSON.parse(read("node_modules/uplot/package.json")).version;
const licence = `<!-- Written by \`make page\`; do not edit. It contains uPlot ${version}:\n\n${read("node_modules/uplot/LICENSE").trim()}\n-->\n`;
const page = read("src/page.html")
  .replace("<!doctype html>\n", `<!doctype html>\n${licence}`)
  .replace("{{policy}}", () => policy)
  .replace("{{style}}", () => style)
  .replace("{{script}}", () => script);

if (process.argv.includes("--check")) {
  if (read("page.html") !== page) {
    console.error("web/page.html is not what its sources give: run `make page`");
    process.exit(1);
  }
  console.log("web/page.html is what its sources give");
} else {
  writeFileSync(at("page.html"), page);
  console.log(`web/page.html: ${Buffer.byteLength(page)} bytes`);
}
