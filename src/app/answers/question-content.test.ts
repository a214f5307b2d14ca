import { describe, expect, it } from 'vitest';
import { answeredStatement, questionContent } from './question-content.js';

describe('questionContent', () => {
  it.each([
    ['How many bats are there?', 'bats'],
    ['Who leaves the mailbox?', 'leaves the mailbox'],
    ['Which way does the cat turn?', 'the cat turn'],
    ['Could you tell me what colour the car is in this video?', 'the car'],
    ['In which direction is the woman in the red coat walking?', 'the woman in the red coat walking'],
    ['Is there a dog on the sofa?', 'a dog on the sofa'],
    ["What's the man holding?", 'the man holding'],
    ['What does the boy do after he has opened the door?', 'the boy do after he has opened the door'],
  ])('%s -> %s', (question, content) => {
    expect(questionContent(question)).toBe(content);
  });

  it.each([
    'What happens at the end?',
    'what is there',
    'Who?',
    '',
    '???',
    'a dog on a sofa',
    'Où est le chat ?',
  ])('leaves %j as it is', (question) => {
    expect(questionContent(question)).toBeUndefined();
  });

  it('takes off the words that ask, and no other', () => {
    for (const content of ['two whales', 'the whale that dives', 'cups of tea on a table']) {
      for (const frame of [
        'how many @ are there',
        'is there @',
        'where do you see @',
        'tell me where @ is here',
      ]) {
        expect(questionContent(frame.replace('@', content))).toBe(content);
      }
    }
  });
});

describe('answeredStatement', () => {
  it.each([
    ['How many bats are there?', 'Two.', 'two bats'],
    ['Who leaves the mailbox?', 'A cat', 'a cat leaves the mailbox'],
    ['What is chasing the dog?', 'a bee', 'a bee chasing the dog'],
    ['Which way does the cat go?', 'To the left.', 'the cat go to the left'],
    ['What is the man holding?', 'an umbrella', 'the man holding an umbrella'],
    [
      'Does the car stop before or after the light turns red?',
      'After',
      'the car stop after the light turns red',
    ],
    ['Is the door open or closed?', 'closed', 'the door closed'],
    ['What happens at the end?', 'it rains', 'it rains'],
  ])('%s %s -> %s', (question, answer, statement) => {
    expect(answeredStatement(question, answer)).toBe(statement);
  });
});
