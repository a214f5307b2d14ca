/** Requests that a question may be wrapped in; they name nothing. */
const REQUESTS: readonly RegExp[] = [
  /^(?:please|and|so|but|then|also|well)\b,?/,
  /^(?:can|could|would|will) (?:you|we) (?:please )?(?=(?:tell|show|say|describe|find)\b)/,
  /^(?:tell|show|give) (?:me|us)\b(?: about\b)?/,
  /^(?:do you know|i(?:'d| would) like to know|i (?:want|need) to know|i wonder|describe|explain|find|say)\b/,
  /^(?:at (?:the )?(?:first|last|start|beginning|end)|in the (?:beginning|end))\b,?/,
];

/** What is asked for: "how many", "in which direction", "what colour", "who". */
const ASKED_FOR =
  /^(?:how (?:many|much|often|long|far|fast|big|large)|how|(?:(?:in|on|from|to|at|with|for|of|by) )?(?:(?:what|which|whose) (?:way|direction|side|part|place|corner|order|time|kinds?|sorts?|types?|colou?rs?|sizes?|number|things?|objects?|one)\b(?: (?:of|in|on)\b)?|(?:what|which|who|whom|whose|where|when|why)(?:'s|'re)?))\b/;
/** The verb that stands before its subject. */
const VERB =
  /^(?:is|are|was|were|am|does|do|did|has|have|had|can|could|will|would|should)(?:n't)?\b(?: not\b)?/;
const SEEN = /^(?:there|(?:you|we|i|one) (?:see|notice|spot|find))\b/;

const CLOSINGS: readonly RegExp[] = [
  /\b(?:in|of|from|during|throughout) (?:the|this|that|these|those|any|all) (?:whole |entire )?(?:videos?|clips?|scenes?|footage|recordings?|films?|library)$/,
  /\bhere$/,
  /\b(?:is|are|was|were)(?: there)?$/,
  /\b(?:can|do|did|could) (?:you|we|i|one) see$/,
  /\b(?:does|do|did|is|are|was|were) (?:it|they|he|she|that|this)(?: (?:do|doing|happen|happening))?$/,
  /\b(?:do|does|did|doing|happens?|happening|happened)$/,
  /\b(?:at (?:the )?(?:first|last|start|beginning|end)|in the (?:beginning|end)|first|last)$/,
  /\bor not$/,
];

/** Words that alone name nothing: a phrase of these says no more than the question. */
const EMPTY =
  /^(?:(?:an?|the|it|they|this|that|he|she|at|in|on|to|of|and|or|any|some|first|last|next|then|before|after|end|beginning|start|things?|something|someone|anything|going|happens?|happening|shown|seen|visible|video|clip|scene|different|kinds?)\b\s*)*$/;

interface Taken {
  content: string;
  /** Whether what answers the question stands before its content: "who leaves?", "how many cats are there?". */
  isAnswerFirst: boolean;
}

/**
 * What a question is about, without the words that ask: "How many bats are there?" as "bats", "which way does the cat turn"
 * as "the cat turn". A retrieval encoder has learned from captions; words that ask are noise to it. English only.
 * @returns undefined where nothing, or nothing but the question itself, is left, as of "what happens at the end?".
 */
export function questionContent(question: string): string | undefined {
  const asked = plain(question);
  const { content } = taken(asked);
  return content === asked || EMPTY.test(content) ? undefined : content;
}

/**
 * A short answer put where the question leaves its place open: "two" to "how many bats are there?" as "two bats", "to the
 * left" to "which way does the cat go?" as "the cat go to the left". Not always grammar, but what was claimed. English only.
 */
export function answeredStatement(question: string, answer: string): string {
  const said = plain(answer);
  const { content, isAnswerFirst } = taken(plain(question));
  const chosen = content.replace(/\b(\w+) or (\w+)\b/, (both, one: string, other: string) =>
    said === one || said === other ? said : both,
  );
  if (chosen !== content) return chosen;
  return (isAnswerFirst ? [said, content] : [content, said]).filter((part) => part !== '').join(' ');
}

function taken(asked: string): Taken {
  let content = asked;
  for (const request of REQUESTS) content = content.replace(request, '').trimStart();
  const withoutAsked = content.replace(ASKED_FOR, '').trimStart();
  const isOpen = withoutAsked !== content;
  const isCount = /^how (?:many|much)\b/.test(content);
  const withoutVerb = withoutAsked.replace(VERB, '').trimStart();
  const isOfSubject = withoutVerb === withoutAsked || /^(?!(?:thing|during)\b)\w+ing\b/.test(withoutVerb);
  content = withoutVerb.replace(SEEN, '').trimStart();
  for (let before = ''; before !== content; ) {
    before = content;
    for (const closing of CLOSINGS) content = content.replace(closing, '').trimEnd();
  }
  return { content, isAnswerFirst: isCount || (isOpen && isOfSubject) };
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/’/g, "'")
    .replace(/[?!.\s]+$/, '')
    .trim();
}
