//! What the user wrote, in the shape of the grammar: nothing is looked up yet, and what could not be read is missing.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};

use crate::diagnostic::Place;
use crate::vocabulary::Statement as Word;

pub(crate) struct Model {
    /// All words that stand in it.
    pub(crate) words: BTreeSet<String>,
    /// `#[..] #[..]` on the struct, without `#[independent]` and `#[int8]`.
    pub(crate) attributes: TokenStream,
    /// `#[independent]`: the heads need not share anything.
    pub(crate) independent: bool,
    /// `#[int8]`: the model's form in eight bits is declared beside it.
    pub(crate) int8: bool,
    pub(crate) visibility: TokenStream,
    /// Where `struct` stands, or the name.
    pub(crate) keyword: Span,
    /// `None` if there is nothing that could be a model.
    pub(crate) name: Option<Ident>,
    pub(crate) generics: Vec<Generic>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) ties: Vec<Tie>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) parts: Vec<Part>,
    /// How much of it could be read.
    pub(crate) reading: Reading,
}

/// How much of the statements could be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// All.
    Whole,
    /// Not one that is being typed: what is missing may only seem so.
    Unfinished,
    /// Not one that is finished: its names are not known.
    Misread,
}

impl Model {
    /// What is missing may only seem so.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.reading != Reading::Whole
    }
}

/// `const NAME: usize = DEFAULT`.
pub(crate) struct Generic {
    pub(crate) name: Ident,
    pub(crate) default: Option<TokenStream>,
}

pub(crate) struct Statement {
    pub(crate) attributes: TokenStream,
    /// `input`, `let`, ..: what to point at if nothing better is there.
    pub(crate) keyword: Ident,
    /// `#[column = ".."]` before an input or a head.
    pub(crate) title: Option<Title>,
    /// The names it defines; one, but for `let (a, b)`.
    pub(crate) names: Vec<Ident>,
    pub(crate) body: Body,
    /// All of it.
    pub(crate) place: Place,
}

/// `#[column = ".."]`
#[derive(Clone)]
pub(crate) struct Title {
    pub(crate) text: String,
    /// All of the attribute.
    pub(crate) place: Place,
}

pub(crate) enum Body {
    Input(Input),
    Let(Flow),
    Shared(Flow),
    /// Its steps, and whether all of them could be read.
    Layer {
        steps: Vec<Term>,
        broken: bool,
    },
    Head {
        flow: Flow,
        block: Block,
    },
}

impl Body {
    /// The word that begins such a statement.
    pub(crate) const fn word(&self) -> Word {
        match self {
            Self::Input(_) => Word::Input,
            Self::Let(_) => Word::Let,
            Self::Shared(_) => Word::Shared,
            Self::Layer { .. } => Word::Layer,
            Self::Head { .. } => Word::Head,
        }
    }
}

/// `tie (A, B) { l2: 0.001 }`
pub(crate) struct Tie {
    pub(crate) keyword: Ident,
    pub(crate) names: Vec<Ident>,
    pub(crate) block: Block,
}

/// `part Reader = [digit];`
pub(crate) struct Part {
    /// The name of the struct.
    pub(crate) name: Ident,
    /// `None` if they could not be read, which was reported.
    pub(crate) heads: Option<Vec<Ident>>,
}

/// `budget { parameters: 10_000, weights: 32 KiB }`
pub(crate) struct Budget {
    pub(crate) keyword: Ident,
    pub(crate) entries: Vec<BudgetEntry>,
}

/// `weights: 32 KiB`
pub(crate) struct BudgetEntry {
    pub(crate) key: Ident,
    pub(crate) value: Term,
    pub(crate) unit: Option<Ident>,
}

#[derive(Clone)]
pub(crate) enum Input {
    /// `[28, 28, 1]`.
    Real(Vec<Term>),
    /// `class(12)`, and `class(12, unknown)` with one more for all others.
    Class { classes: Box<Term>, has_unknown: bool },
    /// `{ age, school, income? }`.
    Columns(Vec<Column>),
    /// `one_of { Midwest, West, unknown }`.
    OneOf(Categories),
    /// `one_of(Sex)`: the path.
    Category(TokenStream),
    /// Already reported.
    Broken,
}

/// `age`, `income?`
#[derive(Clone)]
pub(crate) struct Column {
    /// Docs and attributes, without `#[column = ".."]`.
    pub(crate) attributes: TokenStream,
    pub(crate) title: Option<Title>,
    pub(crate) name: Ident,
    /// A cell may be missing.
    pub(crate) optional: bool,
}

impl Column {
    /// What tables call it.
    pub(crate) fn title(&self) -> String {
        self.title.as_ref().map_or_else(|| crate::case::plain(&self.name), |title| title.text.clone())
    }
}

/// The categories of an input or a head: two at least.
#[derive(Clone)]
pub(crate) struct Categories {
    pub(crate) variants: Vec<Variant>,
    /// The last is for all that is none of the others.
    pub(crate) has_unknown: bool,
}

/// `Midwest`, `Northeast = "noreast"`
#[derive(Clone)]
pub(crate) struct Variant {
    pub(crate) attributes: TokenStream,
    pub(crate) name: Ident,
    /// What tables hold.
    pub(crate) text: String,
}

/// `SOURCE -> STEP -> ..`
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) source: Source,
    pub(crate) steps: Vec<Term>,
    /// Something in it could not be read, and was reported.
    pub(crate) broken: bool,
    pub(crate) place: Place,
}

#[derive(Clone)]
pub(crate) enum Source {
    Name(Ident),
    Tuple(Vec<Flow>, Place),
    /// Already reported.
    Broken,
}

/// The block of a head.
#[derive(Default)]
pub(crate) struct Block {
    pub(crate) entries: Vec<Entry>,
    /// Something in it could not be read, and was reported.
    pub(crate) broken: bool,
}

/// `KEY: VALUE`
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) value: Term,
}

/// A step, an argument or a value in a head's block.
#[derive(Clone)]
pub(crate) struct Term {
    pub(crate) kind: TermKind,
    pub(crate) place: Place,
}

#[derive(Clone)]
pub(crate) enum TermKind {
    /// A number, with its sign.
    Number(NumberTerm),
    Boolean(bool),
    /// A string literal: its content.
    Text(String),
    /// `Dense`, `Dense(64, relu)`.
    Name(Ident, Option<Arguments>),
    /// `crate::Scale<16>`, `crate::Scale<16>(0.5)`.
    Path(PathTerm),
    /// `{ WIDTH * 2 }`, without the braces.
    Expression(TokenStream),
    /// `[1, 2]`
    List(Vec<Term>),
    /// `(1, 2)`, which stands for `[1, 2]` elsewhere: it is reported where a value is read.
    Tuple(Vec<Term>),
    /// `nn.Linear(8, 16)`, a path of Python: it is reported where a value is read.
    Module(ModuleTerm),
    /// `{ Poor, Good = "good" }`: the classes of a head.
    Categories(Categories),
    /// `{ Poor: 2.0 }`
    ByName(Vec<Entry>),
    /// Already reported.
    Broken,
}

#[derive(Clone)]
pub(crate) struct NumberTerm {
    /// As written.
    pub(crate) text: String,
    pub(crate) value: f64,
    /// Written without a point or an exponent; `None` if it is too large for 64 bits.
    pub(crate) whole: Option<Option<u64>>,
}

#[derive(Clone)]
pub(crate) struct PathTerm {
    pub(crate) path: TokenStream,
    /// The last segment.
    pub(crate) last: Ident,
    pub(crate) has_generics: bool,
    /// What stands between the parentheses, if there are any: Rust expressions.
    pub(crate) arguments: Option<TokenStream>,
}

#[derive(Clone)]
pub(crate) struct ModuleTerm {
    /// `nn.Linear`
    pub(crate) path: String,
    pub(crate) place: Place,
    /// The last word.
    pub(crate) name: Ident,
    pub(crate) arguments: Option<Arguments>,
}

#[derive(Clone)]
pub(crate) struct Arguments {
    pub(crate) items: Vec<Argument>,
    /// Something in them could not be read, and was reported.
    pub(crate) broken: bool,
}

/// `64`, `bias = false`
#[derive(Clone)]
pub(crate) struct Argument {
    pub(crate) key: Option<Ident>,
    pub(crate) value: Term,
}
