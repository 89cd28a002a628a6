import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { anyLineText } from "../testing/arbitrary.ts";
import { languageOfLine, languageOfLongLine, speaksHttp } from "./sniff.ts";

Deno.test("languageOfLine() asks for HTTP/ at the beginning of the last word, and nowhere else", () => {
  const http = ["GET / HTTP/1.1", "HTTP/", "x HTTP/9", "GET HTTP/x\r"];
  const wire = ["", "HTTP", "HTTP/1.1 x", "xHTTP/1.1", "http/1.1", "HTTP/1.1 "];
  for (const line of http) assertEquals(languageOfLine(line), "http", line);
  for (const line of wire) assertEquals(languageOfLine(line), "wire", line);
});

Deno.test("languageOfLongLine() asks for a method in upper case and a blank", () => {
  const http = ["GET /aaa", "X y", "PROPPATCH /"];
  const wire = [
    "get /",
    "GET/aaaa",
    "aaaaaaaa",
    " GET /",
    "",
    "G3T /",
    "GET\t/",
  ];
  for (const line of http) assertEquals(languageOfLongLine(line), "http", line);
  for (const line of wire) assertEquals(languageOfLongLine(line), "wire", line);
});

Deno.test("speaksHttp() is true for every request line of HTTP, so that no browser can speak the wire protocol", () => {
  const target = anyLineText().map((text) => "/" + text.replaceAll(" ", ""));
  const method = fc.constantFrom("GET", "POST", "CONNECT", "download", "echo");
  fc.assert(fc.property(method, target, (method, target) => {
    assert(speaksHttp(`${method} ${target} HTTP/1.1`));
  }));
});
