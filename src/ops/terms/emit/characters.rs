//! A number per character, in two stages: pages of 128 characters, equal pages stored once.

use std::collections::{BTreeMap, HashMap};

use crate::ops::emit::Emit;
use crate::wasm::{Local, memarg};
use wasm_encoder::{BlockType, ValType};

/// The characters of a page.
const PAGE: u32 = 128;

/// The numbers of a page.
type Page = [u16; PAGE as usize];

/// A table over all characters, in the data.
#[derive(Debug, Clone, Copy)]
pub struct CharTable {
    /// The address of each page, u32.
    index: u32,
    /// The page of ASCII.
    ascii: u32,
    /// From here on characters have the number `beyond`.
    limit: u32,
    beyond: u16,
    /// Whether a number takes two bytes.
    wide: bool,
}

impl CharTable {
    /// The table of some characters; those below the last that are not among them have the number `unlisted`, ASCII 0.
    pub fn of_numbers(e: &mut Emit<'_>, numbers: &BTreeMap<u32, u16>, unlisted: u16) -> Self {
        let mut pages: BTreeMap<u32, Page> = BTreeMap::from([(0, [0; PAGE as usize])]);
        for (code, number) in numbers {
            pages.entry(code / PAGE).or_insert([unlisted; PAGE as usize])[(code % PAGE) as usize] = *number;
        }
        CharTable::place(e, &pages, [unlisted; PAGE as usize], unlisted, true)
    }

    /// The table of runs of characters (first, last, number); all others have the number `unlisted`.
    pub fn of_runs(e: &mut Emit<'_>, mut runs: Vec<(u32, u32, u16)>, unlisted: u16) -> Self {
        runs.sort_unstable();
        let mut pages: BTreeMap<u32, Page> = BTreeMap::new();
        // Behind the last border all characters have one number.
        let last = runs.last().map_or(0, |(first, last, _)| if *last == u32::MAX { *first } else { *last });
        for page in 0..=last / PAGE {
            let number = |point: u32| {
                let at = runs.partition_point(|(_, last, _)| *last < point);
                runs.get(at).filter(|(first, ..)| *first <= point).map_or(unlisted, |(.., number)| *number)
            };
            pages.insert(page, std::array::from_fn(|i| number(page * PAGE + i as u32)));
        }
        let beyond = runs.last().filter(|(_, last, _)| *last == u32::MAX).map_or(unlisted, |(.., number)| *number);
        CharTable::place(e, &pages, [unlisted; PAGE as usize], beyond, false)
    }

    fn place(e: &mut Emit<'_>, pages: &BTreeMap<u32, Page>, other: Page, beyond: u16, wide: bool) -> Self {
        let limit = pages.keys().last().map_or(0, |page| page + 1) * PAGE;
        let (mut bytes, mut index): (Vec<u8>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut known: HashMap<&Page, u32> = HashMap::new();
        for page in 0..limit / PAGE {
            let numbers = pages.get(&page).unwrap_or(&other);
            index.push(*known.entry(numbers).or_insert_with(|| {
                let at = bytes.len() as u32;
                match wide {
                    true => bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes())),
                    false => bytes.extend(numbers.iter().map(|number| *number as u8)),
                }
                at
            }));
        }
        let ascii = e.data.intern(&bytes, 2);
        let index: Vec<u8> = index.into_iter().flat_map(|at| (ascii + at).to_le_bytes()).collect();
        CharTable { index: e.data.intern(&index, 4), ascii, limit, beyond, wide }
    }

    /// Pushes the number of an ASCII character.
    pub fn push_ascii(&self, e: &mut Emit<'_>, c: Local) {
        e.code.get(c);
        self.load(e, self.ascii);
    }

    /// Pushes the number of any character.
    pub fn push(&self, e: &mut Emit<'_>, c: Local) {
        e.code.get(c).i32(self.limit as i32);
        e.code.ops().i32_lt_u().if_(BlockType::Result(ValType::I32));
        e.code.get(c).i32(7);
        e.code.ops().i32_shr_u().i32_const(2).i32_shl().i32_load(memarg(self.index, 2));
        e.code.get(c).i32(PAGE as i32 - 1);
        e.code.ops().i32_and();
        if self.wide {
            e.code.i32(1).ops().i32_shl();
        }
        e.code.ops().i32_add();
        match self.wide {
            true => e.code.ops().i32_load16_u(memarg(0, 1)),
            false => e.code.ops().i32_load8_u(memarg(0, 0)),
        };
        e.code.ops().else_().i32_const(self.beyond.into()).end();
    }

    fn load(&self, e: &mut Emit<'_>, page: u32) {
        match self.wide {
            true => e.code.i32(1).ops().i32_shl().i32_load16_u(memarg(page, 1)),
            false => e.code.ops().i32_load8_u(memarg(page, 0)),
        };
    }
}
