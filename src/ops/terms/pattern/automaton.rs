//! A program as a table: a state is a list of candidates and what stands before them.

use std::collections::HashMap;

use super::classes::Classes;
use super::program::{Before, Candidates, Program};
use crate::error::Result;
use crate::limits;

/// The table of a pattern.
#[derive(Debug, Clone)]
pub struct Automaton {
    /// Classes of characters; the end of the text is one more.
    pub classes: Classes,
    /// Row by row, one per state, an entry per class and one for the end of the text.
    pub transitions: Vec<Transition>,
    /// The state in which a match begins at the beginning of the text.
    pub start: usize,
    /// The state in which a match begins after a character of each class.
    pub restarts: Vec<usize>,
}

/// What reading a character does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The next state; 0 is the one without candidates.
    pub next: usize,
    /// Whether a match ends before the character.
    pub matched: bool,
}

impl Automaton {
    pub fn new(program: &Program) -> Result<Self> {
        let classes = program.classes().clone();
        let symbols = classes.len() + 1;
        let mut states: Vec<(Candidates, Before)> = vec![(Vec::new(), Before::Other)];
        let mut known: HashMap<(Candidates, Before), usize> = HashMap::new();
        let mut number = |states: &mut Vec<(Candidates, Before)>, candidates: Candidates, before: Before| {
            if candidates.is_empty() {
                return 0;
            }
            *known.entry((candidates.clone(), before)).or_insert_with(|| {
                states.push((candidates, before));
                states.len() - 1
            })
        };
        let start = number(&mut states, program.begin(), program.at_start());
        let all_classes = || (0..classes.len()).map(|class| class as u8);
        let restarts = all_classes().map(|class| number(&mut states, program.begin(), program.after(class))).collect();
        let mut transitions = Vec::new();
        let mut at = 0;
        while let Some((candidates, before)) = states.get(at).cloned() {
            limits::PATTERN_TRANSITIONS.check_len(states.len() * symbols)?;
            for class in all_classes().map(Some).chain([None]) {
                let (matched, after) = program.advance(&candidates, before, class);
                let before = class.map_or(Before::Other, |class| program.after(class));
                let next = number(&mut states, after, before);
                transitions.push(Transition { next, matched });
            }
            at += 1;
        }
        Ok(Automaton { classes, transitions, start, restarts })
    }
}
