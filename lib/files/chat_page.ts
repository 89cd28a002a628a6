/**
 * The chat's page as HTML: a form that asks for a name, the room, and nothing in them; `web/chat/` does the rest. There is no
 * inline script and no inline style: the Content-Security-Policy forbids both.
 *
 * @module
 */

import { CHAT_VERSION } from "./chat_assets.ts";
import { ASSETS_PATH, headHtml } from "./page_head.ts";

/** The page, the same for everybody. */
export function chatPage(): string {
  return PAGE;
}

const WANTED = [
  "icons.css",
  "page.css",
  "scripted.css",
  "chat/chat.css",
  "chat/chat.js",
];

// The keyboard of a phone makes the page smaller instead of covering the message that is being written.
const PAGE = headHtml(
  "Landline chat",
  `${ASSETS_PATH}${CHAT_VERSION}/`,
  WANTED,
  ", interactive-widget=resizes-content",
) + `<body>
<header class="bar">
<h1>Landline chat</h1>
<div class="actions">
<button type="button" class="button people-button" aria-expanded="false" aria-controls="people">Who is here</button>
</div>
</header>
<p class="lost" role="status" hidden></p>
<noscript><p class="notice">This page needs JavaScript. Without it, take part from a terminal: <code>deno run -A chat_client.ts --ip ADDRESS --port PORT --username NAME</code>, or <code>nc ADDRESS PORT</code>, then <code>join|NAME</code>.</p></noscript>
<form class="join" hidden>
<label for="name">What shall the others call you?</label>
<input id="name" name="name" maxlength="64" autocomplete="nickname" autocapitalize="off" spellcheck="false" enterkeyhint="go">
<p class="fault" role="alert"></p>
<button class="button primary">Come in</button>
</form>
<main class="room" hidden>
<section class="talk" aria-label="Room">
<div class="log" role="log" aria-label="Messages" tabindex="0"><ol></ol></div>
<button type="button" class="button primary newer" hidden></button>
<form class="composer"></form>
</section>
<aside class="people" id="people" aria-label="Who is here"><h2>Who is here</h2></aside>
</main>
</body>
</html>
`;
