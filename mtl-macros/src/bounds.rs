//! What statements beside the flows say: `tie`, `budget` and `part`.

use std::collections::BTreeSet;

use proc_macro2::Ident;

use crate::arguments::Reader;
use crate::ast::{self, BudgetEntry, NumberTerm, Term, TermKind};
use crate::diagnostic::Place;
use crate::graph::{Bound, Limit};
use crate::number::Number;
use crate::parse::is_name;
use crate::resolve::{Part, Tie};
use crate::size::Tokens;
use crate::suggest;
use crate::text;
use crate::vocabulary::{self, NOT_NEGATIVE};

/// The ties whose two names are statements and whose strength is known.
///
/// `reported` are the names that flows do not find: each mistake is told once.
pub(crate) fn ties(reader: &mut Reader, ties: &[ast::Tie], reported: &mut BTreeSet<String>) -> Vec<Tie> {
    ties.iter().filter_map(|tie| self::tie(reader, tie, reported)).collect()
}

fn tie(reader: &mut Reader, tie: &ast::Tie, reported: &mut BTreeSet<String>) -> Option<Tie> {
    let [left, right] = &tie.names[..] else { return None };
    let (left_index, right_index) = (block(reader, left, reported), block(reader, right, reported));
    let l2 = strength(reader, tie);
    if left_index.is_some() && left_index == right_index {
        reader.diagnostics.report(right, format!("`{right}` is tied to itself"), "name two blocks of one shape");
        return None;
    }
    Some(Tie { left: left_index?, right: right_index?, l2: l2?, place: right.into() })
}

/// The statement of that name.
fn block(reader: &mut Reader, name: &Ident, reported: &mut BTreeSet<String>) -> Option<usize> {
    let word = name.to_string();
    let found = reader.scope.statements.get(&word).copied();
    match found {
        Some((index, what)) if what != vocabulary::Statement::Input => Some(index),
        Some(_) => {
            reader.diagnostics.report(name, format!("`{name}` is an input and has no parameters to tie"), "name a statement with layers in it");
            None
        }
        None if !reported.insert(word.clone()) => None,
        None => {
            let near = suggest::nearest(&word, reader.scope.statements.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("a statement with a similar name exists: `{near}`"),
                None => "name a `let`, `shared`, `layer` or head of this model".to_owned(),
            };
            reader.diagnostics.report(name, format!("`{name}` is not defined"), help);
            None
        }
    }
}

fn strength(reader: &mut Reader, tie: &ast::Tie) -> Option<Number> {
    let mut strength = None;
    for entry in &tie.block.entries {
        if entry.key != "l2" {
            reader.diagnostics.report(&entry.key, format!("a `tie` has no key `{}`", entry.key), "write `{ l2: 0.001 }`");
            return None;
        }
        if strength.is_some() {
            reader.diagnostics.report(&entry.key, "`l2` is given twice", "take one of the two out");
            return None;
        }
        strength = Some(reader.number(&entry.value, NOT_NEGATIVE, "`l2` of a `tie`", "0.001"));
    }
    strength.unwrap_or_else(|| {
        reader.diagnostics.report(&tie.keyword, "this `tie` does not say how strong it is", "write `{ l2: 0.001 }`");
        None
    })
}

/// The bounds of the budget.
pub(crate) fn budget(reader: &mut Reader, syntax: &ast::Model) -> Vec<Bound> {
    if let [_, second, ..] = &syntax.budgets[..] {
        reader.diagnostics.report(&second.keyword, "this model has two budgets", "write all bounds in one");
    }
    let Some(budget) = syntax.budgets.first() else { return Vec::new() };
    // What depends on a parameter of the struct is not known where the struct is declared.
    if let Some(generic) = syntax.generics.first() {
        let name = &generic.name;
        let fault = format!("a budget needs sizes that are known, and `{name}` is a parameter of the struct");
        let help =
            format!("make it a `const {name}: usize = ..;` outside of the model, or compare the constants of `mtl::Model` where the model is used");
        reader.diagnostics.report(&budget.keyword, fault, help);
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut bounds = Vec::new();
    for entry in &budget.entries {
        let word = entry.key.to_string();
        let Some(&(key, cost, bytes)) = vocabulary::BUDGET_KEYS.iter().find(|(key, ..)| *key == word) else {
            let keys = || vocabulary::BUDGET_KEYS.iter().map(|(key, ..)| *key);
            let help = match suggest::nearest(&word, keys()) {
                Some(near) => format!("a bound with a similar name exists: `{near}`"),
                None => format!("the bounds are {}", suggest::list(keys())),
            };
            reader.diagnostics.report(&entry.key, format!("a budget has no bound `{word}`"), help);
            continue;
        };
        if !seen.insert(key) {
            reader.diagnostics.report(&entry.key, format!("`{key}` is given twice"), "take one of the two out");
            continue;
        }
        if let Some(limit) = limit(reader, entry, key, bytes) {
            bounds.push(Bound { cost, limit, span: entry.key.span() });
        }
    }
    bounds
}

fn limit(reader: &mut Reader, entry: &BudgetEntry, key: &str, bytes: bool) -> Option<Limit> {
    let factor = match &entry.unit {
        None => 1,
        Some(unit) if bytes => match vocabulary::UNITS.iter().find(|(name, _)| unit == name) {
            Some((_, factor)) => *factor,
            None => {
                let units = suggest::list(vocabulary::UNITS.iter().map(|(name, _)| *name));
                reader.diagnostics.report(unit, format!("`{unit}` is not a unit of memory"), format!("the units are {units}"));
                return None;
            }
        },
        Some(unit) => {
            reader.diagnostics.report(unit, format!("`{key}` is a number without a unit, and not of `{unit}`"), "take the unit out");
            return None;
        }
    };
    let example = if bytes { "32 KiB" } else { "10_000" };
    match &entry.value.kind {
        TermKind::Number(number) => literal(reader, number, entry.value.place, key, factor, example),
        TermKind::Name(name, None) => Some(Limit::Constant(Tokens(quote::quote!(#name)), factor)),
        TermKind::Path(path) if path.arguments.is_none() => Some(Limit::Constant(Tokens(path.path.clone()), factor)),
        TermKind::Expression(expression) => Some(Limit::Constant(Tokens(expression.clone()), factor)),
        TermKind::Broken => None,
        TermKind::Name(..)
        | TermKind::Path(_)
        | TermKind::Boolean(_)
        | TermKind::Text(_)
        | TermKind::List(_)
        | TermKind::Tuple(_)
        | TermKind::Module(_)
        | TermKind::Categories(_)
        | TermKind::ByName(_) => {
            wrong(reader, &entry.value, key, example);
            None
        }
    }
}

fn literal(reader: &mut Reader, number: &NumberTerm, place: Place, key: &str, factor: u64, example: &str) -> Option<Limit> {
    if let Some(Some(value)) = number.whole
        && let Some(limit) = value.checked_mul(factor)
    {
        return Some(Limit::Literal(limit));
    }
    reader.diagnostics.report(place, format!("`{key}` is a whole number, and not {}", number.text), format!("write one such as `{example}`"));
    None
}

fn wrong(reader: &mut Reader, term: &Term, key: &str, example: &str) {
    let fault = format!("`{key}` is a number, and not `{}`", text::term(term));
    reader.diagnostics.report(term.place, fault, format!("write one such as `{example}`, or the path of a constant"));
}

/// The parts whose names can be those of structs and whose heads are there.
pub(crate) fn parts(reader: &mut Reader, syntax: &ast::Model) -> Vec<Part> {
    let heads: Vec<String> = syntax
        .statements
        .iter()
        .filter(|statement| matches!(statement.body, ast::Body::Head { .. }))
        .filter_map(|statement| statement.names.first().map(ToString::to_string))
        .collect();
    let mut taken: BTreeSet<String> = syntax.name.iter().map(ToString::to_string).collect();
    syntax.parts.iter().filter_map(|part| self::part(reader, part, &heads, &mut taken)).collect()
}

fn part(reader: &mut Reader, part: &ast::Part, heads: &[String], taken: &mut BTreeSet<String>) -> Option<Part> {
    let name = &part.name;
    let before = reader.diagnostics.count();
    if !is_name(name) {
        reader.diagnostics.report(name, format!("`{name}` cannot be the name of a struct"), "choose a name in CamelCase, such as `Reader`");
    } else if !taken.insert(name.to_string()) {
        reader.diagnostics.report(name, format!("`{name}` is the name of another struct"), "choose another name: the part is a struct of its own");
    }
    let mut numbers = Vec::new();
    for head in part.heads.as_ref()? {
        let word = head.to_string();
        match heads.iter().position(|known| *known == word) {
            Some(number) if numbers.contains(&number) => {
                reader.diagnostics.report(head, format!("`{name}` has the head `{head}` twice"), "take one of them out");
            }
            Some(number) => numbers.push(number),
            None => {
                let help = match suggest::nearest(&word, heads.iter().map(String::as_str)) {
                    Some(near) => format!("a head with a similar name exists: `{near}`"),
                    None => format!("the heads are {}", suggest::list(heads.iter().map(String::as_str))),
                };
                reader.diagnostics.report(head, format!("`{head}` is not a head"), help);
            }
        }
    }
    if !heads.is_empty() && numbers.len() == heads.len() {
        reader.diagnostics.report(name, format!("`{name}` has every head of the model: it is the whole"), "leave a head out, or take the part out");
    }
    numbers.sort_unstable();
    (reader.diagnostics.count() == before).then(|| Part { name: name.clone(), heads: numbers })
}
