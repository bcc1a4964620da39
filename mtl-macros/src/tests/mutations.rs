//! The models of the examples and of the front page, and random ones, each with one mistake: every one is an error, under the token to change, alone, with a way out.

#![allow(clippy::single_range_in_vec_init, reason = "the places a message may stand at are a list of ranges, often of one")]

use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::facade;
use crate::expand::{Outcome, analyze};
use crate::step;
use crate::vocabulary;

/// The same mistakes on every machine (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or(0) % bound.max(1)
    }
}

/// The text between the braces of every `multitask!` in the examples and the front page.
fn models() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files: Vec<_> = std::fs::read_dir(root.join("examples"))
        .expect("the examples")
        .map(|entry| entry.expect("an example").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.push(root.join("README.md"));
    files.sort();
    let mut models = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of the repository").replace("\r\n", "\n");
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for part in text.split("\nmultitask! {\n").skip(1) {
            let body = part.split("\n}\n").next().unwrap_or_default();
            models.push((name.clone(), format!("{body}\n")));
        }
    }
    models
}

/// A word or number of a model: its text, its bytes, what stands before and after it.
struct Token {
    text: String,
    start: usize,
    end: usize,
}

fn tokens(source: &str) -> Vec<Token> {
    fn walk(stream: TokenStream, found: &mut Vec<(String, std::ops::Range<usize>)>) {
        for tree in stream {
            match tree {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::None => ("", ""),
                    };
                    found.push((open.into(), group.span_open().byte_range()));
                    walk(group.stream(), found);
                    found.push((close.into(), group.span_close().byte_range()));
                }
                other => found.push((other.to_string(), other.span().byte_range())),
            }
        }
    }
    let stream = TokenStream::from_str(source).expect("a model is tokens");
    let base = first_byte(&stream).saturating_sub(source.len() - source.trim_start().len());
    let mut found = Vec::new();
    walk(stream, &mut found);
    found.into_iter().map(|(text, range)| Token { text, start: range.start - base, end: range.end - base }).collect()
}

/// Spans count the bytes of all sources read so far.
fn first_byte(stream: &TokenStream) -> usize {
    stream.clone().into_iter().next().map_or(0, |tree| tree.span().byte_range().start)
}

/// A mistake made in a model.
struct Mutation {
    kind: &'static str,
    source: String,
    /// Where an error may stand: the mistaken token, and what it is at odds with.
    places: Vec<std::ops::Range<usize>>,
}

/// Two neighbouring letters changed places, or one is left out.
fn misspell(word: &str, random: &mut Random) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 || !letters.iter().all(|letter| letter.is_alphabetic() || *letter == '_') {
        return None;
    }
    let at = 1 + random.below(letters.len() - 2);
    let mut changed = letters.clone();
    if random.below(2) == 0 {
        changed.swap(at, at + 1);
    } else {
        changed.remove(at);
    }
    // Some words have two spellings.
    let changed: String = changed.into_iter().collect();
    let known = vocabulary::find_loss(&changed).is_some() || step::find(&changed).is_some() || vocabulary::find_metric(&changed).is_some();
    (changed != word && !known).then_some(changed)
}

const ACTIVATIONS: &[&str] = &["relu", "gelu", "tanh", "sigmoid", "softmax", "softplus", "exponential", "linear"];
const JOINS: &[&str] = &["Concat", "Add", "Multiply", "Average", "Maximum"];

/// The mistakes that can be made at a token.
fn mutations(source: &str, tokens: &[Token], at: usize, random: &mut Random) -> Vec<Mutation> {
    let token = &tokens[at];
    let text = token.text.as_str();
    let before = |back: usize| at.checked_sub(back).map_or("", |index| tokens[index].text.as_str());
    let after = |on: usize| tokens.get(at + on).map_or("", |token| token.text.as_str());
    let replace = |start: usize, end: usize, by: &str| format!("{}{by}{}", &source[..start], &source[end..]);
    let mut made = Vec::new();
    let mut put = |kind: &'static str, by: &str, also: Vec<std::ops::Range<usize>>| {
        let mut places = vec![token.start..token.start + by.len().max(1)];
        let shift = |range: std::ops::Range<usize>| {
            let move_by = |byte: usize| if byte >= token.end { byte + by.len() - (token.end - token.start) } else { byte };
            move_by(range.start)..move_by(range.end)
        };
        places.extend(also.into_iter().map(shift));
        made.push(Mutation { kind, source: replace(token.start, token.end, by), places });
    };
    // The loss, the end of the flow and the metrics of one head speak of each other.
    let head = enclosing_head(tokens, at);
    let misspelt = misspell(text, random);
    let is_word = text.chars().all(|letter| letter.is_alphanumeric() || letter == '_') && text.starts_with(|letter: char| letter.is_alphabetic());
    let in_path = before(1) == ":" && before(2) == ":" || after(1) == ":" && after(2) == ":";

    if let Some(misspelt) = misspelt.filter(|_| is_word && !in_path) {
        if matches!(before(1), "input" | "let" | "shared" | "layer") && before(2) != "[" {
            // The error is at the first use, and names this definition.
            let uses = tokens.iter().filter(|other| other.text == text).map(|other| other.start..other.end).collect();
            put("misspelt definition", &misspelt, uses);
        } else if ACTIVATIONS.contains(&text) && (before(1) == "," || before(1) == ">") {
            put("misspelt activation", &misspelt, Vec::new());
        } else if before(1) == ":" && before(2) == "loss" {
            put("misspelt loss", &misspelt, Vec::new());
        } else if matches!(text, "loss" | "metrics" | "labels" | "weight" | "class_weights") && after(1) == ":" {
            put("misspelt key", &misspelt, Vec::new());
        } else if (before(1) == "[" || before(1) == ",") && metrics_list(tokens, at) {
            put("misspelt metric", &misspelt, Vec::new());
        } else if before(1) == ">" && text.starts_with(char::is_uppercase) {
            put("misspelt layer", &misspelt, Vec::new());
        } else if after(1) == "-" && after(2) == ">" && before(1) != ">" {
            put("misspelt source", &misspelt, Vec::new());
        } else if matches!(text, "input" | "let" | "shared" | "head" | "layer") {
            put("misspelt statement", &misspelt, Vec::new());
        // Another name of a category is a category.
        } else if after(1) == "=" && before(1) == "," && !after(2).starts_with('"') {
            put("misspelt argument", &misspelt, Vec::new());
        }
    }
    if text.starts_with(|letter: char| letter.is_ascii_digit()) && !in_path && before(1) != "-" {
        if before(1) == "(" && before(2) == "Dense" || before(1) == "[" && before(2) == ":" && before(3) != "metrics" {
            for (kind, wrong) in
                [("zero", "0"), ("negative", "-8"), ("fraction", "2.5"), ("word for a number", "relu"), ("number in quotes", "\"8\"")]
            {
                put(kind, wrong, Vec::new());
            }
        }
        if before(1) == "(" && before(2) == "Dropout" {
            put("rate out of range", "1.5", Vec::new());
            put("negative rate", "-0.1", Vec::new());
        }
        if before(1) == ":" && before(2) == "weight" {
            put("negative weight", "-1.0", Vec::new());
        }
        if before(1) == "(" && matches!(before(2), "Dense" | "Dropout" | "Embedding") && after(1) == ")" {
            let name = tokens[at - 2].start..tokens[at - 2].end;
            put("argument dropped", "", vec![name]);
            put("argument too many", &format!("{text}, 3"), vec![token.start..token.end + 3]);
        }
    }
    if before(1) == ":" && before(2) == "loss" && is_word && !in_path {
        let wrong = match text {
            "mse" | "mae" | "huber" | "poisson" => "categorical_cross_entropy",
            _ => "poisson",
        };
        put("wrong loss", wrong, head.clone().into_iter().collect());
        let block = tokens[at - 2].start..token.end;
        let head_name = head_name(tokens, at);
        made.push(Mutation {
            kind: "no loss",
            source: replace(block.start, if after(1) == "," { token.end + 1 } else { token.end }, ""),
            places: head_name,
        });
        made.push(Mutation { kind: "two losses", source: replace(token.end, token.end, ", loss: mae"), places: vec![block.start..token.end + 11] });
        made.push(Mutation {
            kind: "= for :",
            source: replace(tokens[at - 1].start, tokens[at - 1].end, " ="),
            places: vec![tokens[at - 2].start..token.end + 1],
        });
        return made;
    }
    if metrics_list(tokens, at) && is_word {
        let wrong = if matches!(text, "accuracy" | "auc" | "log_loss") { "r2" } else { "accuracy" };
        // Which metrics go with a loss of the user's own, only its types tell.
        if !own_loss(tokens, at) {
            put("wrong metric", wrong, head.clone().into_iter().collect());
        }
        put("metric twice", &format!("{text}, {text}"), Vec::new());
    }
    if ACTIVATIONS.contains(&text) && before(1) == "," && after(1) == ")" && after(2) == "{" {
        for wrong in ["relu", "softmax", "sigmoid"] {
            if wrong != text && !(text == "exponential" || text == "softplus") {
                put("wrong end of a flow", wrong, head.clone().into_iter().collect());
            }
        }
        put("activation in quotes", &format!("\"{text}\""), Vec::new());
    }
    if JOINS.contains(&text) && before(1) == ">" {
        put("join of one", "Concat -> Concat", Vec::new());
        put("join without its tuple", &format!("Flatten -> {text}"), Vec::new());
        if text == "Concat" {
            put("join of two widths", "Add", Vec::new());
        }
    }
    if text == "-" && after(1) == ">" {
        let next = tokens.get(at + 2).map(|token| token.start..token.end);
        let arrow = tokens[at].start..tokens[at + 1].end;
        let gone = next.clone().map(|range| range.start - 2..range.end - 2).into_iter().collect();
        made.push(Mutation { kind: "no arrow", source: replace(arrow.start, arrow.end, ""), places: gone });
        made.push(Mutation { kind: "=> for ->", source: replace(arrow.start, arrow.end, "=>"), places: vec![arrow.clone()] });
        made.push(Mutation { kind: "arrow twice", source: replace(arrow.start, arrow.end, "-> ->"), places: vec![arrow.start..arrow.end + 3] });
    }
    if text == ";" {
        let line = tokens[opening(tokens, at - 1)].start..token.end;
        let next = tokens.get(at + 1).map(|token| token.start - 1..token.end);
        made.push(Mutation {
            kind: "no semicolon",
            source: replace(token.start, token.end, ""),
            places: std::iter::once(line.start..line.end - 1).chain(next).collect(),
        });
    }
    if matches!(before(1), "input" | "let" | "shared" | "head") && is_word {
        let name = token.start..token.end;
        let defined = tokens.iter().find(|other| other.text != text && other.end < token.start && is_definition(tokens, other));
        if let Some(by) = defined.filter(|_| before(1) == "head").map(|first| first.text.as_str()) {
            made.push(Mutation { kind: "name twice", source: replace(name.start, name.end, by), places: vec![name.start..name.start + by.len()] });
        }
        if before(1) == "head" {
            made.push(Mutation {
                kind: "keyword for a name",
                source: replace(name.start, name.end, "type"),
                places: vec![name.start..name.start + 4],
            });
        }
    }
    made
}

/// The mistakes that can be made with a whole statement: what it defines is used elsewhere.
fn statement_mutations(source: &str, tokens: &[Token], at: usize) -> Vec<Mutation> {
    let keyword = &tokens[at];
    if !matches!(keyword.text.as_str(), "input" | "let" | "shared" | "layer") {
        return Vec::new();
    }
    let several = tokens.get(at + 1).is_some_and(|token| token.text == "(");
    let names = tokens[at + 1..]
        .iter()
        .take_while(|token| !matches!(token.text.as_str(), ")" | "=" | ":"))
        .filter(|token| !matches!(token.text.as_str(), "(" | ","));
    let names: Vec<&str> = names.map(|token| token.text.as_str()).collect();
    let used = tokens.iter().filter(|token| names.contains(&token.text.as_str())).count() > names.len();
    let Some(end) = tokens[at..].iter().find(|token| token.text == ";").map(|token| token.end).filter(|_| used) else { return Vec::new() };
    // With its attributes.
    let mut first = at;
    while first > 0 && tokens[first - 1].text == "]" {
        let Some(attribute) = tokens[..first].iter().rposition(|token| token.text == "#") else { break };
        first = attribute;
    }
    let start = tokens[first].start;
    let statement = &source[start..end];
    let (before, after) = (&source[..start], &source[end..]);
    let close = after.rfind('}').unwrap_or(0);
    let mut made = Vec::new();
    for (kind, source) in [
        ("definition taken out", format!("{before}{after}")),
        ("definition twice", format!("{before}{statement} {statement}{after}")),
        ("definition after its use", format!("{before}{}{statement}{}", &after[..close], &after[close..])),
    ] {
        // Without a `let (a, b)` two names are missing, and each is told.
        if several && kind == "definition taken out" {
            continue;
        }
        let places =
            self::tokens(&source).into_iter().filter(|token| names.contains(&token.text.as_str())).map(|token| token.start..token.end).collect();
        made.push(Mutation { kind, source, places });
    }
    made
}

fn is_definition(tokens: &[Token], token: &Token) -> bool {
    tokens.windows(2).any(|pair| pair[1].start == token.start && matches!(pair[0].text.as_str(), "input" | "let" | "shared" | "head"))
}

/// Where the group that a token closes opens; the token itself where it closes none.
fn opening(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0usize;
    for index in (0..=at).rev() {
        match tokens[index].text.as_str() {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    at
}

/// Whether the loss of the head that a token stands in is a path.
fn own_loss(tokens: &[Token], at: usize) -> bool {
    let loss = (0..at).rev().find(|&index| tokens[index].text == "loss");
    loss.is_some_and(|loss| tokens.get(loss + 3).is_some_and(|token| token.text == ":"))
}

/// Whether a token stands in `metrics: [..]`.
fn metrics_list(tokens: &[Token], at: usize) -> bool {
    let open = (0..at).rev().find(|&index| tokens[index].text == "[" || tokens[index].text == "]");
    open.is_some_and(|open| tokens[open].text == "[" && open >= 2 && tokens[open - 2].text == "metrics")
}

/// The bytes of the head that a token stands in, from the last step of its flow to the end of its block.
fn enclosing_head(tokens: &[Token], at: usize) -> Option<std::ops::Range<usize>> {
    let start = (0..=at).rev().find(|&index| matches!(tokens[index].text.as_str(), "head" | ";"))?;
    if tokens[start].text != "head" {
        return None;
    }
    let block = (start..tokens.len()).find(|&index| tokens[index].text == "{" && tokens.get(index + 2).is_some_and(|token| token.text == ":"))?;
    let end = (block..tokens.len()).find(|&index| tokens[index].text == "}" && index > at)?;
    let last_step = (start..block).rev().find(|&index| tokens[index].text == ">")?;
    Some(tokens[last_step].end..tokens[end].end)
}

/// The name of the head that a token stands in.
fn head_name(tokens: &[Token], at: usize) -> Vec<std::ops::Range<usize>> {
    let head = (0..at).rev().find(|&index| tokens[index].text == "head");
    head.and_then(|head| tokens.get(head + 1)).map(|name| name.start..name.end).into_iter().collect()
}

/// How many random models a round adds to those of the repository. `MTL_MUTATION_ROUNDS` asks for more rounds, each with other random choices.
const RANDOM_MODELS: u64 = 8;

#[derive(Default)]
struct Share {
    tried: usize,
    caught: usize,
    caret: usize,
    alone: usize,
    help: usize,
}

#[test]
fn one_mistake_is_one_error_under_its_token_with_a_way_out() {
    let rounds: u64 = std::env::var("MTL_MUTATION_ROUNDS").ok().and_then(|number| number.parse().ok()).unwrap_or(1);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut seen = std::collections::BTreeSet::new();
    let mut all = Vec::new();
    for round in 0..rounds {
        let random_models = (0..RANDOM_MODELS)
            .map(|number| (format!("random model {}", round * RANDOM_MODELS + number), super::random::source(round * RANDOM_MODELS + number)));
        for (file, source) in models().into_iter().chain(random_models) {
            let tokens = tokens(&source);
            for at in 0..tokens.len() {
                let mutations = mutations(&source, &tokens, at, &mut random).into_iter().chain(statement_mutations(&source, &tokens, at));
                all.extend(mutations.filter(|mutation| seen.insert(mutation.source.clone())).map(|mutation| (file.clone(), mutation)));
            }
            proc_macro2::extra::invalidate_current_thread_spans();
        }
    }

    let mut share = Share::default();
    let mut kinds: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut faults = String::new();
    for (file, mutation) in &all {
        let stream = TokenStream::from_str(&mutation.source).expect("a mutation is tokens");
        let base = first_byte(&stream).saturating_sub(mutation.source.len() - mutation.source.trim_start().len());
        let outcome = analyze(stream, &facade());
        // Widths that happen to be the same may be added, and those behind names are left to const evaluation.
        if mutation.kind == "join of two widths" && matches!(outcome, Outcome::Graph(_)) {
            continue;
        }
        share.tried += 1;
        *kinds.entry(mutation.kind).or_default() += 1;
        let fault = match outcome {
            Outcome::Graph(_) => Some("not caught".to_owned()),
            Outcome::Errors { errors, .. } => {
                share.caught += 1;
                let first = &errors[0];
                let (start, end) = (first.place.start.byte_range().start - base, first.place.end.byte_range().end - base);
                let placed = mutation.places.iter().any(|place| place.start <= start && end <= place.end);
                let helps = errors.iter().all(|error| error.message.contains("\nhelp: "));
                share.caret += usize::from(placed);
                share.alone += usize::from(errors.len() == 1);
                share.help += usize::from(helps);
                let messages = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("\n  ");
                match (placed, errors.len(), helps) {
                    (true, 1, true) => None,
                    (false, ..) => Some(format!("caret at `{}`: {messages}", mutation.source.get(start..end).unwrap_or("?"))),
                    (_, _, false) => Some(format!("no help: {messages}")),
                    _ => Some(format!("{} errors: {messages}", errors.len())),
                }
            }
        };
        if let Some(fault) = fault {
            let place = mutation.places.first().cloned().unwrap_or(0..0);
            let line = mutation.source[..place.start.min(mutation.source.len())].matches('\n').count();
            let line = mutation.source.lines().nth(line).unwrap_or_default().trim();
            let _ = writeln!(faults, "{file}: {}: {line}\n  {fault}", mutation.kind);
        }
        proc_macro2::extra::invalidate_current_thread_spans();
    }
    let percent = |part: usize| part as f64 * 100.0 / share.tried.max(1) as f64;
    println!("{} mutations of {} kinds: {kinds:?}", share.tried, kinds.len());
    println!(
        "caught at compile time {} ({:.2} %), caret on the mistake {} ({:.2} %), one error {} ({:.2} %), with `help:` {} ({:.2} %)",
        share.caught,
        percent(share.caught),
        share.caret,
        percent(share.caret),
        share.alone,
        percent(share.alone),
        share.help,
        percent(share.help)
    );
    println!("{faults}");
    assert!(share.tried >= 100, "{} mutations are too few", share.tried);
    let all_alike = [share.caught, share.caret, share.alone, share.help].iter().all(|&part| part == share.tried);
    assert!(all_alike, "{faults}");
}
