//! Inputs of a table: columns by name, categories as types.

use std::str::FromStr;

use mtl::model::{ColumnInfo, Columns};
use mtl::prelude::*;

/// A category of our own, which models share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
pub enum Sex {
    #[category("male")]
    Male,
    #[category("female")]
    Female,
    #[category(unknown)]
    Other,
}

multitask! {
    /// Persons of a care survey.
    pub struct Care {
        /// Who answers.
        input person: {
            /// In years.
            #[column = "age_decades"]
            age,
            school,
            income,
        };
        input region: one_of { Midwest, Northeast = "noreast", West, unknown };
        #[column = "gender"]
        input sex: one_of(Sex);
        input month: class(12);
        input pixels: [2, 2];
        #[column = "p{}"]
        input scans: [3];
        shared body = (person -> Normalize, region -> Embedding(3), sex -> OneHot, month -> Embedding(2), pixels -> Flatten, scans)
            -> Concat -> Dense(8, relu);
        #[column = "ofp"]
        head visits = body -> Dense(1) { loss: mse }
        head health = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
        head scores = body -> Dense(2) { loss: mae }
        part Visits = [visits];
    }
}

fn person() -> CareInputs {
    CareInputs {
        person: CarePerson { age: 6.9, school: 6.0, income: 2.881 },
        region: CareRegion::Northeast,
        sex: Sex::Female,
        month: 3,
        pixels: [[0.1, 0.2], [0.3, 0.4]],
        scans: [1.0, 2.0, 3.0],
    }
}

#[test]
fn the_schema_says_names_titles_and_categories() {
    let inputs = <Care as mtl::Model>::INPUTS;
    let number = ColumnInfo::new;
    assert_eq!(inputs[0].columns.named(), [ColumnInfo { title: "age_decades", ..number("age") }, number("school"), number("income")]);
    let Columns::Named([region]) = inputs[1].columns else { panic!("one column") };
    assert_eq!(*region, ColumnInfo { categories: &["Midwest", "noreast", "West", "unknown"], unknown: Some(3), ..number("region") });
    let Columns::Named([sex]) = inputs[2].columns else { panic!("one column") };
    assert_eq!(*sex, ColumnInfo { title: "gender", categories: &["male", "female", "Other"], unknown: Some(2), ..number("sex") });
    assert_eq!(inputs[3].columns.named(), [number("month")]);
    assert_eq!(inputs[4].columns, Columns::Numbered { title: "pixels{}" });
    assert_eq!(inputs[5].columns, Columns::Numbered { title: "p{}" });
    let heads = <Care as mtl::Model>::HEADS;
    assert_eq!(heads[0].columns.named(), [ColumnInfo { title: "ofp", ..number("visits") }]);
    assert_eq!(heads[1].columns.named(), [ColumnInfo { optional: true, ..number("health") }]);
    assert_eq!(heads[2].columns, Columns::Numbered { title: "scores{}" });
}

#[test]
fn categories_are_read_and_written_by_their_texts() {
    assert_eq!(CareRegion::from_str("noreast"), Ok(CareRegion::Northeast));
    assert_eq!(CareRegion::from_str(" mid-west"), Ok(CareRegion::Midwest));
    assert_eq!(CareRegion::from_str("south"), Ok(CareRegion::Unknown));
    assert_eq!(CareRegion::Northeast.to_string(), "noreast");
    assert_eq!(format!("{:>8}|", CareRegion::West), "    West|");
    assert_eq!(CareRegion::try_from(2), Ok(CareRegion::West));
    assert!(CareRegion::try_from(4).is_err());
    assert_eq!(CareRegion::all().map(Category::index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(Sex::from_text("FEMALE"), Ok(Sex::Female));
    assert_eq!(serde_json::to_string(&CareRegion::Northeast).unwrap(), "\"noreast\"");
    assert_eq!(serde_json::from_str::<CareRegion>("\"west\"").unwrap(), CareRegion::West);
}

#[test]
fn inputs_by_name_are_those_of_an_array_in_this_order() {
    multitask! {
        struct Plain {
            input person: [3];
            input region: class(4);
            input sex: class(3);
            input month: class(12);
            input pixels: [2, 2];
            input scans: [3];
            shared body = (person -> Normalize, region -> Embedding(3), sex -> OneHot, month -> Embedding(2), pixels -> Flatten, scans)
                -> Concat -> Dense(8, relu);
            head visits = body -> Dense(1) { loss: mse }
            head health = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
            head scores = body -> Dense(2) { loss: mae }
        }
    }
    let (model, plain) = (Care::<f32>::new(&mut mtl::seeded(4)), Plain::<f32>::new(&mut mtl::seeded(4)));
    let PlainOutputs { visits, health, scores } = plain.predict(&PlainInputs {
        person: [6.9, 6.0, 2.881],
        region: 1,
        sex: 1,
        month: 3,
        pixels: [[0.1, 0.2], [0.3, 0.4]],
        scans: [1.0, 2.0, 3.0],
    });
    assert_eq!(model.predict(&person()), CareOutputs { visits, health, scores });
}

#[test]
fn a_part_takes_the_types_of_the_whole() {
    let part = Visits::<f32>::new(&mut mtl::seeded(4));
    let CareInputs { person, region, sex, month, pixels, scans } = person();
    assert!(part.predict(&VisitsInputs { person, region, sex, month, pixels, scans }).visits.is_finite());
}

#[test]
fn a_number_that_is_none_is_named_by_its_column() {
    let mut row = person();
    row.person.school = f32::NAN;
    assert_eq!(row.check().unwrap_err().to_string(), "input `person`, column `school`: NaN is not finite");
    let targets = CareTargets { visits: 1.0, health: None, scores: [1.0, 2.0] };
    let error = Dataset::<Care>::from_rows([(row, targets)]).unwrap_err();
    assert_eq!(error.to_string(), "row 0: input `person`, column `school`: NaN is not finite");
    assert!(Care::<f32>::new(&mut mtl::seeded(4)).predict(&row).visits.is_nan());
}

#[test]
fn a_model_of_a_table_trains() {
    let rows = (0..200).map(|row| {
        let age = row as f32 / 20.0;
        let region = CareRegion::try_from(row % 3).unwrap();
        let inputs = CareInputs { person: CarePerson { age, school: (row % 12) as f32, income: 1.0 }, region, ..person() };
        let visits = age + 3.0 * region.index() as f32;
        (inputs, CareTargets { visits, health: Some(row % 3), scores: [0.0, 1.0] })
    });
    let data = Dataset::<Care>::from_rows(rows).unwrap();
    let mut model = Care::boxed(&mut mtl::seeded(1));
    Trainer::new(Adam::new(0.01)).epochs(60).seed(2).fit(&mut model, &data).unwrap();
    assert!(evaluate(&*model, &data).unwrap().visits.loss < 1.0);
}
