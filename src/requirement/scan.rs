//! A text and how far it was read.

/// A text read from its front.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Scanner { text, rest: text }
    }

    /// What is still to read.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// The position of what is still to read, in characters from 1.
    pub(super) fn column(&self) -> usize {
        self.text.chars().count() - self.rest.chars().count() + 1
    }

    /// Takes `token`, if it stands here.
    pub(super) fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes the characters that `wanted` accepts.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes blanks; line breaks are none.
    pub(super) fn blanks(&mut self) -> bool {
        !self.take_while(|c| c == ' ' || c == '\t').is_empty()
    }

    /// What stands here, for messages.
    pub(super) fn found(&self) -> String {
        match self.rest.chars().next() {
            Some(_) => format!("`{}`", shown(self.rest)),
            None => "the end".to_owned(),
        }
    }
}

/// The beginning of a text for a message.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut chars = text.chars();
    let begin: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_some() { begin + "…" } else { begin }
}
