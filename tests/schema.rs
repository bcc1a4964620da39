//! A weight file whose inputs or heads are others is refused by name: what the file has and what the model has.

use std::io::Cursor;

use mtl::weights::{self, LoadErrorKind, LoadOptions, Problem};

/// A model of persons.
macro_rules! care {
    ($name:ident { $($inputs:tt)* } $($health:tt)*) => {
        mod $name {
            mtl::multitask! {
                #[int8]
                pub struct Care {
                    $($inputs)*
                    shared body = (person -> Normalize, region -> OneHot) -> Concat -> Dense(4, relu);
                    head visits = body -> Dense(1) { loss: mse }
                    head health = body -> Dense(softmax) { loss: categorical_cross_entropy, classes: { $($health)* } }
                }
            }
        }
    };
}

care!(plain { input person: { #[column = "age_decades"] age, school, income }; input region: one_of { Midwest, Northeast, West }; } Poor, Good);
care!(titles { input person: { age, school, income }; input region: one_of { Midwest, Northeast, West }; } Poor, Good);
care!(order { input person: { age, school, income }; input region: one_of { Midwest, West, Northeast }; } Poor, Good);
care!(renamed { input person: { age, schooling, income }; input region: one_of { Midwest, Northeast, West = "south % west" }; } Poor, Good);
care!(columns { input person: { school, age, income? }; input region: one_of { Midwest, Northeast, West }; } Good, Poor);
care!(optional { input person: { age, school, income? }; input region: one_of { Midwest, Northeast, West = "wärst; , : = *" }; } Poor, Good);
care!(places { input region: one_of { Midwest, Northeast, West }; input person: { age, school, income }; } Poor, Good);

mod others {
    mtl::multitask! {
        pub struct Care {
            input person: [3];
            input district: class(3);
            shared body = (person -> Normalize, district -> OneHot) -> Concat -> Dense(4, relu);
            head visits = body -> Dense(1) { loss: mse }
            head health = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
        }
    }
}

fn bytes<M: mtl::Model>() -> Vec<u8> {
    weights::to_bytes(&*mtl::flat::zeroed_box::<M>()).unwrap()
}

/// What is said of the schema where a file of `F` is loaded as an `M`.
fn differences<F: mtl::Model, M: mtl::Model>() -> Vec<String> {
    match LoadOptions::new().read::<M>(Cursor::new(bytes::<F>())).map(|_| ()).unwrap_err().kind {
        LoadErrorKind::Mismatch { problems, .. } => problems
            .into_iter()
            .filter_map(|problem| match problem {
                Problem::Schema { difference } => Some(difference),
                _ => None,
            })
            .collect(),
        kind => panic!("{kind}"),
    }
}

#[test]
fn both_sides_are_named() {
    assert_eq!(
        differences::<order::Care, plain::Care>(),
        ["input `region`: the file has the categories `Midwest`, `West`, `Northeast`, the model `Midwest`, `Northeast`, `West`"]
    );
    assert_eq!(
        differences::<renamed::Care, plain::Care>(),
        [
            "input `person`: the file has the column `schooling` where the model has `school`",
            "input `region`: the file has the category `south % west` where the model has `West`",
        ]
    );
    assert_eq!(
        differences::<columns::Care, plain::Care>(),
        [
            "input `person`: the file has the columns `school`, `age`, `income`, the model `age`, `school`, `income`",
            "head `health`: the file has the categories `Good`, `Poor`, the model `Poor`, `Good`",
        ]
    );
    assert_eq!(
        differences::<optional::Care, plain::Care>(),
        [
            "input `person`, column `income`: a cell may be missing in the file, and none in the model",
            "input `region`: the file has the category `wärst; , : = *` where the model has `West`",
        ]
    );
    assert_eq!(differences::<places::Care, plain::Care>(), ["the file has the inputs `region`, `person`, the model `person`, `region`"]);
    assert_eq!(
        differences::<others::Care, plain::Care>(),
        [
            "input `person`: the file names no columns, the model `age`, `school`, `income`",
            "input `region`: the file has none of this name; its inputs are `person`, `district`",
            "input `district`: the model has none of this name; its inputs are `person`, `region`",
            "head `health`: the file names no categories, the model `Poor`, `Good`",
        ]
    );
}

/// What tables call a column is no affair of weights.
#[test]
fn other_titles_load() {
    assert!(LoadOptions::new().read::<titles::Care>(Cursor::new(bytes::<plain::Care>())).is_ok());
    let text = String::from_utf8_lossy(&bytes::<plain::Care>()).into_owned();
    let schema = "schema=input:person:3:age@age_decades:school:income;input:region:c3:region=Midwest,Northeast,West;\
        head:visits:1:visits;head:health:c2:health=Poor,Good\"";
    assert!(text.contains(schema), "{text}");
}

/// The differences of two models with a long list of categories.
#[test]
fn of_long_lists_the_first_difference_is_named() {
    macro_rules! long {
        ($name:ident $($last:ident)*) => {
            mod $name {
                mtl::multitask! {
                    pub struct Long {
                        input job: one_of { A, B, C, D, E, F, G, H, I, J, K, L, $($last),* };
                        head y = job -> Embedding(2) -> Dense(1) { loss: mse }
                    }
                }
            }
        };
    }
    long!(more M N unknown);
    long!(less N unknown);
    long!(other M O unknown);
    assert_eq!(
        differences::<more::Long, less::Long>(),
        ["input `job`: the file has 15 categories, the model 14; counted from 0, number 12 is `M` in the file, `N` in the model"]
    );
    assert_eq!(differences::<more::Long, other::Long>(), ["input `job`: the file has the category `N` where the model has `O`"]);
}

#[test]
fn a_file_in_eight_bits_says_the_same() {
    let path = std::env::temp_dir().join(format!("mtl-schema-{}.safetensors", std::process::id()));
    mtl::int8::save(&*mtl::flat::zeroed_box::<order::CareInt8>(), &path).unwrap();
    let error = mtl::int8::load::<plain::CareInt8>(&path).map(|_| ()).unwrap_err().to_string();
    std::fs::remove_file(path).unwrap();
    let line = "\n  input `region`: the file has the categories `Midwest`, `West`, `Northeast`, the model `Midwest`, `Northeast`, `West`";
    assert!(error.contains(line), "{error}");
}
