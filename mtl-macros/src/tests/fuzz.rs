//! Random edits of valid models: whatever the tokens, the macro neither panics nor points outside of them.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use super::facade;
use super::models::MODELS;
use crate::codegen;
use crate::expand::{Outcome, analyze};

/// A small deterministic generator (xorshift64*): the same edits on every machine.
struct Random(u64);

impl Random {
    /// The edits of a number are the same however many there are.
    fn of(number: usize) -> Self {
        Self((number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(bits).unwrap_or(0) % bound.max(1)
    }
}

/// One edit somewhere in the tokens, groups included.
fn edit(tokens: TokenStream, random: &mut Random) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    let groups: Vec<usize> = (0..trees.len()).filter(|&index| matches!(trees[index], TokenTree::Group(_))).collect();
    if !groups.is_empty() && random.below(8) != 0 {
        let index = groups[random.below(groups.len())];
        if let TokenTree::Group(group) = &trees[index] {
            trees[index] = Group::new(group.delimiter(), edit(group.stream(), random)).into();
        }
        return trees.into_iter().collect();
    }
    let at = random.below(trees.len());
    match random.below(5) {
        0 if !trees.is_empty() => {
            trees.remove(at);
        }
        1 if !trees.is_empty() => trees.insert(at, trees[at].clone()),
        2 if !trees.is_empty() => {
            let other = random.below(trees.len());
            trees.swap(at, other);
        }
        3 if !trees.is_empty() => trees[at] = token(random),
        _ => trees.insert(at, token(random)),
    }
    trees.into_iter().collect()
}

fn token(random: &mut Random) -> TokenTree {
    const WORDS: &[&str] = &[
        "input",
        "let",
        "shared",
        "layer",
        "head",
        "struct",
        "pub",
        "const",
        "crate",
        "self",
        "type",
        "_",
        "x",
        "body",
        "relu",
        "softmax",
        "Dense",
        "Concat",
        "Reshape",
        "loss",
        "mse",
        "metrics",
        "N",
        "usize",
        "class",
        "true",
        "tie",
        "budget",
        "CrossStitch",
        "MixtureOfExperts",
        "Cgc",
        "KiB",
    ];
    const PUNCTS: &[char] = &['-', '>', '=', ':', ';', ',', '<', '#', '.', '|', '+', '*', '!', '&', '\''];
    match random.below(8) {
        0..=2 => Ident::new(WORDS[random.below(WORDS.len())], Span::call_site()).into(),
        3 | 4 => {
            let spacing = if random.below(2) == 0 { Spacing::Joint } else { Spacing::Alone };
            // A lone quote is no token.
            let character = PUNCTS[random.below(PUNCTS.len() - 1)];
            Punct::new(character, spacing).into()
        }
        5 => Literal::usize_unsuffixed(random.below(5)).into(),
        6 => match random.below(5) {
            0 => Literal::f64_unsuffixed(0.5).into(),
            1 => Literal::string("mse").into(),
            2 => Literal::byte_string(b"x").into(),
            3 => Literal::u64_suffixed(u64::MAX).into(),
            _ => Literal::character('c').into(),
        },
        _ => {
            let delimiter = [Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::Brace, Delimiter::None][random.below(4)];
            Group::new(delimiter, TokenStream::new()).into()
        }
    }
}

/// What is wrong with what the macro makes of these tokens, if anything.
fn fault(tokens: TokenStream) -> Option<String> {
    let is_empty = tokens.is_empty();
    match analyze(tokens, &facade()) {
        Outcome::Graph(graph) => {
            let items = codegen::model(&graph, &facade());
            syn::parse2::<syn::File>(items).err().map(|error| format!("the expansion does not parse: {error}"))
        }
        Outcome::Errors { errors, items } => {
            if errors.is_empty() {
                return Some("there is neither a model nor an error".into());
            }
            let outside = errors.iter().find(|error| error.place.start.byte_range().is_empty() || error.place.end.byte_range().is_empty());
            if let Some(error) = outside.filter(|_| !is_empty) {
                return Some(format!("the error points outside of the input: {}", error.message));
            }
            if let Some(error) = errors.iter().find(|error| !error.message.contains("\nhelp: ") || error.message.contains("was not found")) {
                return Some(format!("the error is of no help: {}", error.message));
            }
            syn::parse2::<syn::File>(items).err().map(|error| format!("the stand-in does not parse: {error}"))
        }
    }
}

/// A model after a few edits, as text: printed and read again, so that every token has a place.
fn edited(number: usize) -> String {
    let mut random = Random::of(number);
    let mut tokens: TokenStream = MODELS[number % MODELS.len()].parse().expect("the models are tokens");
    for _ in 0..=random.below(4) {
        tokens = edit(tokens, &mut random);
    }
    tokens.to_string()
}

/// The fault of every `step`th edit from `first` on, up to a few of them.
fn faults(first: usize, step: usize, edits: usize) -> Vec<String> {
    let mut faults = Vec::new();
    for number in (first..edits).step_by(step) {
        let source = edited(number);
        let Ok(tokens) = source.parse::<TokenStream>() else { continue };
        match std::panic::catch_unwind(|| fault(tokens)) {
            Ok(None) => {}
            Ok(Some(fault)) => faults.push(format!("edit {number}: {fault}\n{source}")),
            Err(_) => faults.push(format!("edit {number}: panic\n{source}")),
        }
        proc_macro2::extra::invalidate_current_thread_spans();
        if faults.len() >= 5 {
            break;
        }
    }
    faults
}

/// A small number of edits; `MTL_FUZZ_EDITS=100000 cargo test --release -p mtl-macros fuzz` runs more of them, on every core.
#[test]
fn random_edits_neither_panic_nor_point_outside() {
    let asked = std::env::var("MTL_FUZZ_EDITS").ok().and_then(|number| number.parse::<usize>().ok());
    let edits = asked.unwrap_or(1_500);
    let threads = if asked.is_some() { std::thread::available_parallelism().map_or(1, std::num::NonZero::get) } else { 1 };
    let start = std::time::Instant::now();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || faults(first, threads, edits))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("panics are caught")).collect()
    });
    println!("{edits} edits on {threads} threads: {:?}", start.elapsed());
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
