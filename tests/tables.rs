//! Inputs of a table: columns by name, categories as types.

mod described;

use std::str::FromStr;

use mtl::model::{ColumnInfo, Columns, Record};
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
    assert_eq!(
        *region,
        ColumnInfo {
            categories: &["Midwest", "noreast", "West", "unknown"],
            labels: &["Midwest", "noreast", "West", "unknown"],
            unknown: Some(3),
            ..number("region")
        }
    );
    let Columns::Named([sex]) = inputs[2].columns else { panic!("one column") };
    assert_eq!(
        *sex,
        ColumnInfo {
            title: "gender",
            categories: &["male", "female", "Other"],
            labels: &["male", "female", "Other"],
            unknown: Some(2),
            ..number("sex")
        }
    );
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

mod missing {
    use super::*;

    multitask! {
        #[int8]
        pub struct Wage {
            input person: { age, income?, hours? };
            input more: { left?, right };
            shared body = (person -> Normalize(indicator = true), more -> Impute) -> Concat -> Dense(12, tanh);
            head wage = body -> Dense(1) { loss: mse }
            head works = body -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        }
    }

    fn rows() -> impl Iterator<Item = (WageInputs, WageTargets)> {
        (0..300_u16).map(|row| {
            let (age, income) = (f32::from(row % 17), f32::from(row % 23));
            let person = WagePerson { age, income: (row % 5 != 0).then_some(income), hours: (row % 7 == 0).then_some(40.0 + f32::from(row % 3)) };
            let more = WageMore { left: (row % 2 == 0).then_some(3.0), right: 1.0 + f32::from(row % 4) };
            let wage = 0.1 * age + person.income.map_or(-2.0, |income| 0.2 * income);
            (WageInputs { person, more }, WageTargets { wage, works: f32::from(row % 5 == 0) })
        })
    }

    #[test]
    fn mean_and_variance_are_those_of_the_values_that_are_there() {
        let data = Dataset::<Wage>::from_rows(rows()).unwrap();
        let mut model = Wage::boxed(&mut mtl::seeded(1));
        adapt(&mut *model, &data).unwrap();
        let incomes: Vec<f64> = rows().filter_map(|(inputs, _)| inputs.person.income).map(f64::from).collect();
        let mean = incomes.iter().sum::<f64>() / incomes.len() as f64;
        let variance = incomes.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / incomes.len() as f64;
        let layer = &model.body.normalize1;
        assert!((f64::from(layer.mean[1]) - mean).abs() < 1e-4 && (f64::from(layer.variance[1]) - variance).abs() < 1e-2, "{layer:?}");
        assert_eq!(model.body.impute1.mean.as_slice(), [3.0, 2.5]);
    }

    #[test]
    fn what_is_missing_is_told_from_what_is_there() {
        let data = Dataset::<Wage>::from_rows(rows()).unwrap();
        let mut model = Wage::boxed(&mut mtl::seeded(1));
        Trainer::new(Adam::new(0.01)).epochs(80).seed(2).fit(&mut model, &data).unwrap();
        let report = evaluate(&*model, &data).unwrap();
        assert!(report.wage.loss < 0.05 && report.works.loss < 0.05, "{report}");
        // From the data set and from the row, the same bits.
        let mut tile = mtl::flat::zeroed_box::<mtl::pass::Tile<Wage, 8>>();
        let (inputs, _) = rows().nth(35).unwrap();
        let mut outputs = [model.predict(&inputs)];
        model.predict_batch(&[inputs], &mut outputs, &mut tile).unwrap();
        assert_eq!(outputs[0], model.predict(&inputs));

        let small = WageInt8::quantize(&model, &data).unwrap();
        for (row, _) in rows().take(40) {
            let (exact, near) = (model.predict(&row).wage, small.predict(&row).wage);
            assert!((exact - near).abs() < 0.2, "{exact} {near}");
        }
        let spoiled = WageInputs { person: WagePerson { age: f32::NAN, ..inputs.person }, ..inputs };
        assert!(small.predict(&spoiled).wage.is_nan());
    }

    #[test]
    fn nan_is_a_missing_cell_in_columns_that_may_miss_it_alone() {
        let model = Wage::<f32>::new(&mut mtl::seeded(1));
        let (mut row, targets) = rows().next().unwrap();
        row.person.hours = None;
        assert!(row.check().is_ok() && model.predict(&row).wage.is_finite());
        row.person.hours = Some(f32::INFINITY);
        assert_eq!(row.check().unwrap_err().to_string(), "input `person`, column `hours`: inf is not finite");
        assert!(model.predict(&row).wage.is_nan());
        row.person = WagePerson { age: f32::NAN, income: None, hours: None };
        assert_eq!(row.check().unwrap_err().to_string(), "input `person`, column `age`: NaN is not finite");
        assert!(model.predict(&row).wage.is_nan());
        let error = Dataset::<Wage>::from_rows([(row, targets)]).unwrap_err();
        assert_eq!(error.to_string(), "row 0: input `person`, column `age`: NaN is not finite");
    }

    multitask! {
        #[int8]
        struct Tailed {
            input person: { age, income?, hours? };
            input image: [2, 2, 2];
            shared body = (person -> Robust(indicator = true), person -> Impute -> Periodic(2), person -> Impute -> Piecewise(4), person -> Impute -> Ensemble(3) -> Conv1D(4, relu, kernel = 1) -> GlobalAveragePool, image -> Robust -> Flatten) -> Concat -> Scale;
            head wage = body -> Dense(8, tanh) -> Dense(1) { loss: mse }
            head works = body -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        }
    }

    #[test]
    fn the_median_is_that_of_the_values_that_are_there_in_every_form() {
        let own = rows().enumerate().map(|(number, (WageInputs { person: of, .. }, targets))| {
            let person = TailedPerson { age: of.age, income: of.income, hours: of.hours };
            // Channels of other sizes, with a tail.
            let image = core::array::from_fn(|y| core::array::from_fn(|x| [((number * 5 + 2 * y + x) % 11) as f32, (number % 13).pow(4) as f32]));
            (TailedInputs { person, image }, TailedTargets { wage: targets.wage, works: targets.works })
        });
        let own: Vec<_> = own.collect();
        let data = Dataset::<Tailed>::from_rows(own.iter().copied()).unwrap();
        let mut model = Tailed::boxed(&mut mtl::seeded(1));
        Trainer::new(Adam::new(0.01)).epochs(30).seed(2).quiet().fit(&mut model, &data).unwrap();
        let mut incomes: Vec<f32> = rows().filter_map(|(inputs, _)| inputs.person.income).collect();
        incomes.sort_by(f32::total_cmp);
        assert_eq!(model.body.robust1.median[1], f32::midpoint(incomes[incomes.len() / 2 - 1], incomes[incomes.len() / 2]));
        assert_eq!(model.body.robust2.median.as_slice(), [5.0, 1296.0]);

        let small = TailedInt8::quantize(&model, &data).unwrap();
        for (row, _) in &own {
            let (exact, near) = (model.predict(row), small.predict(row));
            assert!((exact.wage - near.wage).abs() < 0.1 && (exact.works - near.works).abs() < 0.05, "{exact:?} {near:?}");
        }
        // What is missing is in the place of the median, and is told from it.
        let (row, _) = own[0];
        let other = TailedInputs { person: TailedPerson { income: Some(model.body.robust1.median[1]), ..row.person }, ..row };
        assert!(row.person.income.is_none() && model.predict(&other) != model.predict(&row));
    }

    #[test]
    fn a_column_without_any_value_is_named() {
        let empty = rows().map(|(inputs, targets)| (WageInputs { person: WagePerson { hours: None, ..inputs.person }, ..inputs }, targets));
        let data = Dataset::<Wage>::from_rows(empty).unwrap();
        let error = Trainer::new(Adam::new(0.01)).epochs(1).fit(&mut Wage::boxed(&mut mtl::seeded(1)), &data).unwrap_err();
        assert!(error.to_string().contains("`body.normalize1` cannot be adapted: the column `hours` has no value in any row"), "{error}");
    }
}

#[test]
fn a_row_of_strings_is_the_row() {
    let names = ["p0", "p1", "p_2", "pixels0", "pixels1", "pixels2", "pixels3", "gender", "income", "age_decades", "school", "region", "month", "id"];
    let cells = ["1", "2", "3", ".1", "0.2", "0.3", "0.4", "Female", "2.881", "6.9", " 6 ", "noreast", "3", "x"];
    assert_eq!(CareInputs::from_fields(&names, &cells), Ok(person()));
    let mut wrong = cells;
    wrong[10] = "NA";
    let error: mtl::FieldError = CareInputs::<f32>::from_fields(&names, &wrong).unwrap_err();
    assert_eq!(error.to_string(), "input `person`, column `school`, cell `NA`: the cell is missing, and none may be in this column");
    let row = missing::WageInputs::<f32>::from_fields(&["age", "income", "hours", "left", "right"], &["1", "", "2", "?", "3"]).unwrap();
    assert_eq!(row.person, missing::WagePerson { age: 1.0, income: None, hours: Some(2.0) });
}

/// One rule for files and for rows of strings: whatever stands in titles and cells, both give the same row, or the same error.
#[test]
fn a_row_of_strings_and_a_line_of_a_file_are_read_alike() {
    use mtl::data::{Csv, DataError};
    use mtl::model::{Fields, Record};
    use mtl::rand::RngExt;

    multitask! {
        struct Row {
            input person: { #[column = "Age years"] age, income? };
            input region: one_of { Midwest, Northeast = "?", West = "New York" };
            #[column = "gender"]
            input sex: one_of(Sex);
            input month: class(12);
            input household: class(5, unknown);
            #[column = "p{}"]
            input scans: [2];
            let body = (person -> Normalize, region -> OneHot, sex -> OneHot, month -> OneHot, household -> OneHot, scans) -> Concat -> Dense(2);
            head y = body -> Dense(1) { loss: mse }
        }
    }
    const TITLES: [(&str, [&str; 4]); 8] = [
        ("Age years", ["age years", "age", "AGE", " Age years "]),
        ("income", ["Income", "incomes", "INCOME", "income"]),
        ("region", ["Region", " region", "regions", "region"]),
        ("gender", ["sex", "GENDER", "Sex", "gender"]),
        ("month", ["Month", "month", "MONTH ", "months"]),
        ("household", ["household", "House_hold", "Household", "HOUSEHOLD"]),
        ("p0", ["p_0", "P0", "p00", "P_0"]),
        ("p1", ["p_1", "P1", "p+1", "p0"]),
    ];
    const CELLS: [&str; 48] = [
        "", " ", "NA", "na", "?", " ? ", "-", "1", "0", "2", "2.0", "2.", "2.5", "-1", "+1", "11", "12", "4", "5", "1e39", "1e3", "inf", "NaN",
        "yes", "NO", "True", "false", "Midwest", "mid-west", "MIDWEST ", "new york", "New_York", "NewYork", "male", "Female", "Other", "other", "x",
        "1,5", "1\n2", "\"q\"", " 7 ", "\t3", "007", "2.00", "2.01", "ä", "--",
    ];
    // What a cell ought to be, mostly.
    const RIGHT: [[&str; 3]; 8] = [
        ["6.9", "yes", " 7 "],
        ["NA", "2.5", ""],
        ["?", "new-york", "midwest"],
        ["FEMALE", "robot", "NA"],
        ["3", "2.0", "11"],
        ["3", "17", "?"],
        ["1", "-0.5", "1e3"],
        ["no", "0", ".5"],
    ];
    let mut random = mtl::seeded(7);
    let (mut rows, mut errors) = (0, std::collections::BTreeSet::new());
    for _ in 0..6000 {
        let mut names: Vec<&str> =
            TITLES.iter().map(|(title, others)| if random.random_bool(0.9) { title } else { others[random.random_range(0..4)] }).collect();
        let mut cells: Vec<&str> = RIGHT
            .iter()
            .map(|right| if random.random_bool(0.9) { right[random.random_range(0..3)] } else { CELLS[random.random_range(0..CELLS.len())] })
            .collect();
        if random.random_bool(0.1) {
            names.push(TITLES[random.random_range(0..8)].1[random.random_range(0..4)]);
            cells.push("1");
        }
        let missing: &[&str] = if random.random_bool(0.2) { &["-", "x"] } else { mtl::model::fields::MISSING };
        let row = Fields::new(&names, &cells).and_then(|fields| RowInputs::<f32>::from_row(&fields.missing(missing)));
        if missing == mtl::model::fields::MISSING {
            assert_eq!(format!("{row:?}"), format!("{:?}", RowInputs::<f32>::from_fields(&names, &cells)));
        }

        let quoted = |texts: &[&str]| texts.iter().map(|text| format!("\"{}\",", text.replace('"', "\"\""))).collect::<String>();
        let text = format!("{}y\n{}1\n", quoted(&names), quoted(&cells));
        let data = Csv::from_reader(text.as_bytes()).unwrap().missing(missing.iter().copied()).read::<Row>();
        match (row, data) {
            (Ok(row), Ok(data)) => {
                let line = data.inputs(0).unwrap();
                let bits = |record: &dyn Fn(usize, usize) -> Option<f32>| {
                    [(0, 0), (0, 1), (5, 0), (5, 1)].map(|(field, column)| record(field, column).map(f32::to_bits))
                };
                assert_eq!(bits(&|field, column| line.cell(field, column)), bits(&|field, column| row.cell(field, column)), "{text}");
                for field in 1..5 {
                    assert_eq!(line.class(field), row.class(field), "{text}");
                }
                rows += 1;
            }
            (Err(row), Err(DataError::Line { error, .. })) => {
                let problem = row.problem.to_string();
                match *error {
                    // A file's titles are looked at before its cells.
                    DataError::NoColumn { .. } | DataError::TwoColumns { .. } => {}
                    DataError::Cell { problem: ref of_file, .. } => assert!(of_file.starts_with(&problem), "{text} {problem} {of_file}"),
                    error => panic!("{text} {error}"),
                }
                errors.insert(problem);
            }
            (row, data) => panic!("{text} {row:?} {data:?}"),
        }
    }
    assert!(rows > 1000 && errors.len() >= 8, "{rows} rows, {errors:?}");
}

#[test]
fn what_is_unknown_is_learned_from_rows_that_are_dropped() {
    multitask! {
        struct Guess {
            input region: one_of { North, South, unknown };
            head y = region -> Embedding(4) -> Dense(1) { loss: mse }
        }
    }
    // No row is unknown: the mean of the others is the best guess.
    let rows = (0..400).map(|row| {
        let (region, y) = if row % 2 == 0 { (GuessRegion::North, 1.0) } else { (GuessRegion::South, 3.0) };
        (GuessInputs { region }, GuessTargets { y })
    });
    let data = Dataset::<Guess>::from_rows(rows).unwrap();
    let train = |rate: Option<f64>, threads: usize| {
        let mut model = Guess::boxed(&mut mtl::seeded(5));
        let before = model.region_embedding();
        let trainer = Trainer::new(Adam::new(0.01)).epochs(30).seed(3).batch_size(400).threads(threads).quiet();
        let mut trainer = if let Some(rate) = rate { trainer.unknown_rate(rate) } else { trainer };
        trainer.fit(&mut model, &data).unwrap();
        (before, model)
    };
    trait Region {
        fn region_embedding(&self) -> [f32; 4];
    }
    impl Region for Guess {
        fn region_embedding(&self) -> [f32; 4] {
            self.y.embedding1.embeddings.column(2).into_owned().into()
        }
    }
    let (before, never) = train(Some(0.0), 1);
    assert_eq!(never.region_embedding(), before);
    let (_, default) = train(None, 1);
    assert_ne!(default.region_embedding(), before);
    // The same bits for any number of threads.
    assert_eq!(train(Some(0.2), 1).1, train(Some(0.2), 3).1);

    let mut model = Guess::boxed(&mut mtl::seeded(5));
    Trainer::new(Adam::new(0.01)).epochs(300).seed(3).unknown_rate(0.2).quiet().fit(&mut model, &data).unwrap();
    let predict = |region| model.predict(&GuessInputs { region }).y;
    assert!((predict(GuessRegion::North) - 1.0).abs() < 0.2 && (predict(GuessRegion::South) - 3.0).abs() < 0.2);
    assert!((predict(GuessRegion::Unknown) - 2.0).abs() < 0.3, "{}", predict(GuessRegion::Unknown));
    for rate in [-0.1, 1.0, f64::NAN] {
        let error = Trainer::new(Adam::new(0.01)).unknown_rate(rate).fit(&mut model, &data).unwrap_err();
        assert!(error.to_string().contains("`Trainer::unknown_rate` is"), "{error}");
    }
}

mod files {
    use super::*;
    use mtl::data::Csv;

    multitask! {
        struct Survey {
            input person: { #[column = "age_decades"] age, income? };
            input region: one_of { Midwest, Northeast = "noreast", West, unknown };
            #[column = "gender"]
            input sex: one_of(Sex);
            shared body = (person -> Normalize, region -> Embedding(3), sex -> OneHot) -> Concat -> Dense(8, relu);
            head visits = body -> Dense(1, softplus) { loss: poisson }
            head limited = body -> Dense(1) { loss: hinge, labels: partial }
            head scores = body -> Dense(2) { loss: mae, labels: partial }
        }
    }

    const TEXT: &str = "region,Age_Decades,income,gender,visits,limited,scores0,scores1,id\n\
        Midwest,6.9,2.5,male,3,yes,1,2,a\n\
        north,7.5,NA,FEMALE,0,no,,?,b\n\
        noreast,5,1,female,1,,0.5,1,c\n\
        midwest,5.5,1,?,2,-1,0,1,d\n";

    fn csv(text: &str) -> Csv {
        Csv::from_reader(text.as_bytes()).unwrap()
    }

    fn row(age: f32, income: Option<f32>, region: SurveyRegion, sex: Sex) -> SurveyInputs {
        SurveyInputs { person: SurveyPerson { age, income }, region, sex }
    }

    fn rows(first: SurveyRegion, third: SurveyRegion) -> Dataset<Survey> {
        let targets = |visits: f32, limited: Option<f32>, scores: Option<[f32; 2]>| SurveyTargets { visits, limited, scores };
        Dataset::from_rows([
            (row(6.9, Some(2.5), first, Sex::Male), targets(3.0, Some(1.0), Some([1.0, 2.0]))),
            (row(7.5, None, SurveyRegion::Unknown, Sex::Female), targets(0.0, Some(-1.0), None)),
            (row(5.0, Some(1.0), third, Sex::Female), targets(1.0, None, Some([0.5, 1.0]))),
            (row(5.5, Some(1.0), first, Sex::Other), targets(2.0, Some(-1.0), Some([0.0, 1.0]))),
        ])
        .unwrap()
    }

    #[test]
    fn a_file_is_read_by_titles_categories_and_missing_cells() {
        // NaN stands for what is missing, and equals nothing: the text tells the data sets apart.
        let shown = |data: &Dataset<Survey>| (0..data.len()).map(|row| row_of(data, row)).collect::<Vec<_>>();
        fn row_of(data: &Dataset<Survey>, row: usize) -> String {
            use mtl::model::Record;
            let (inputs, targets) = (data.inputs(row).unwrap(), data.targets(row).unwrap());
            let targets = [0, 1, 2].map(|head| targets.real(head));
            format!("{:?} {:?} {:?} {targets:?}", inputs.real(0), inputs.class(1), inputs.class(2))
        }
        let data = csv(TEXT).read::<Survey>().unwrap();
        assert_eq!(shown(&data), shown(&rows(SurveyRegion::Midwest, SurveyRegion::Northeast)));
        assert_eq!(csv(TEXT).unused_columns::<Survey>().unwrap(), ["id"]);
        // A category of one row is too rare.
        let data = csv(TEXT).rare(2).read::<Survey>().unwrap();
        let rare = rows(SurveyRegion::Midwest, SurveyRegion::Unknown);
        assert_eq!((0..4).map(|row| class(&data, row, 1)).collect::<Vec<_>>(), (0..4).map(|row| class(&rare, row, 1)).collect::<Vec<_>>());
    }

    fn class(data: &Dataset<Survey>, row: usize, field: usize) -> Option<usize> {
        mtl::model::Record::class(&data.inputs(row).unwrap(), field)
    }

    #[test]
    fn a_cell_is_refused_by_the_rule_of_its_column() {
        let error = |from: &str, to: &str| {
            assert!(TEXT.contains(from));
            csv(&TEXT.replacen(from, to, 1)).read::<Survey>().unwrap_err().to_string()
        };
        assert_eq!(error("6.9", ""), "CSV, line 2: column `Age_Decades`, cell ``: the cell is missing, and none may be in this column");
        assert_eq!(error("2.5,male,3", "2.5,male,-3"), "CSV, line 2: column `visits`, cell `-3`: head `visits`: -3 is not at least 0");
        assert_eq!(error(",?,b", ",2,b"), "CSV, line 3: column `scores0`, cell ``: the cell is missing, but other columns of the same label are not");
        assert_eq!(error("no,,", "maybe,,"), "CSV, line 3: column `limited`, cell `maybe`: it is not a number");
        let error = error("gender", "sexes");
        assert!(error.starts_with("CSV, line 1: there is no column `gender` for the input `sex`; the file has `region`, "), "{error}");
    }

    #[test]
    fn a_category_that_there_is_not_is_shown_with_the_nearest() {
        multitask! {
            struct Strict {
                input region: one_of { Midwest, Northeast = "noreast", West };
                head y = region -> Embedding(2) -> Dense(1) { loss: mse }
            }
        }
        let error = csv("region,y\nwest,1\nnorheast,2\n").read::<Strict>().unwrap_err().to_string();
        assert_eq!(error, "CSV, line 3: column `region`, cell `norheast`: it is not one of `Midwest`, `noreast` and `West`");
    }
}

mod whole {
    use super::*;
    use mtl::trainer::Warning;

    multitask! {
        struct Mixed {
            input person: { age, income? };
            input region: one_of { North, South };
            input scans: [3];
            shared body = (person -> Normalize, region -> OneHot, scans) -> Concat -> Dense(8, tanh);
            head cost = body -> Dense(1) { loss: mse }
            head ill = body -> Dense(1, sigmoid) { loss: binary_cross_entropy }
            head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
        }
    }

    /// Costs of this size, and whether the heads have two classes and the columns several values.
    fn data(cost: f32, varied: bool) -> Dataset<Mixed> {
        let rows = (0..700_u16).map(|row| {
            let (age, other) = (f32::from(row % 19), usize::from(row % 3));
            let income = (row % 4 != 0).then_some(if varied { f32::from(row % 5) } else { 2.0 });
            let region = if varied && row % 2 == 0 { MixedRegion::South } else { MixedRegion::North };
            let inputs = MixedInputs { person: MixedPerson { age, income }, region, scans: [0.0, age, 1.0] };
            let ill = f32::from(varied && row % 3 == 1);
            let kind = (row % 5 != 0).then_some(if varied { other } else { 2 });
            (inputs, MixedTargets { cost: cost * (1.0 + age), ill, kind })
        });
        Dataset::from_rows(rows).unwrap()
    }

    #[test]
    fn a_data_set_is_predicted_as_its_rows_are() {
        let data = data(1.0, true);
        let mut model = Mixed::boxed(&mut mtl::seeded(1));
        adapt(&mut *model, &data).unwrap();
        let outputs = model.predict_dataset(&data);
        assert_eq!(outputs.len(), 700);
        for (row, output) in outputs.iter().enumerate().step_by(37) {
            let (age, income) = ((row % 19) as f32, (row % 4 != 0).then_some((row % 5) as f32));
            let region = if row % 2 == 0 { MixedRegion::South } else { MixedRegion::North };
            let inputs = MixedInputs { person: MixedPerson { age, income }, region, scans: [0.0, age, 1.0] };
            let alone = model.predict(&inputs);
            assert!((output.cost - alone.cost).abs() < 1e-5 && (*output.kind - *alone.kind).amax() < 1e-5, "{output:?} {alone:?}");
        }
        for threads in [0, 1, 2, 3, 64] {
            assert_eq!(model.predict_dataset_on(&data, threads), outputs, "{threads}");
        }
        assert!(model.predict_dataset(&Dataset::new()).is_empty() && model.predict_dataset_on(&Dataset::new(), 4).is_empty());
        assert_eq!(model.evaluate(&data).unwrap().to_string(), evaluate(&*model, &data).unwrap().to_string());
    }

    fn warnings(data: &Dataset<Mixed>) -> Vec<Warning> {
        let mut model = Mixed::boxed(&mut mtl::seeded(1));
        Trainer::new(Adam::new(0.001)).epochs(2).seed(2).quiet().fit(&mut model, data).unwrap().warnings
    }

    #[test]
    fn what_is_unlikely_to_be_meant_is_a_warning() {
        assert_eq!(warnings(&data(0.1, true)), []);

        let found = warnings(&data(1e3, true));
        let [Warning::Dominant { head: "cost", share, weight, may_standardize: true }] = found[..] else { panic!("{found:?}") };
        // With that weight it is as much as the others are in the mean: a third.
        let own = weight * share / (weight * share + (1.0 - share));
        assert!(share > 0.95 && (own - 1.0 / 3.0).abs() < 1e-6, "{found:?}");
        let text = found[0].to_string();
        assert!(text.starts_with("head `cost` is 100.0 % of the combined loss") && text.contains("`weight: 0.0000"), "{text}");
        assert!(text.contains("or `targets: standardized`"), "{text}");

        let found = warnings(&data(0.1, false));
        let labels = |head, class, labels| Warning::OneClass { head, class, labels };
        let constant = |input, column| Warning::Constant { input, columns: vec![column] };
        let expected = [labels("ill", 0.0, 700), labels("kind", 2.0, 560), constant("person", "income"), constant("region", "region")];
        assert_eq!(found[found.len() - 4..], expected);
        assert_eq!(expected[1].to_string(), "all 560 labels of head `kind` are 2: there is nothing else to learn");
        assert_eq!(expected[2].to_string(), "input `person`: the same value is in all rows of `income`");
    }
}

#[test]
fn weights_of_other_columns_or_categories_are_refused() {
    use mtl::weights::{fingerprint, load, save};

    macro_rules! model {
        ($name:ident, { $($columns:tt)* }, [$($categories:tt)*]) => {
            multitask! {
                struct $name {
                    input person: { $($columns)* };
                    input region: one_of { $($categories)* };
                    head y = (person -> Impute, region -> OneHot) -> Concat -> Dense(1) { loss: mse }
                }
            }
        };
    }
    model!(Written, { age, income? }, [North, South]);
    model!(Same, { #[column = "Age"] age, income? }, [North, South]);
    model!(Swapped, { age, income? }, [South, North]);
    model!(Renamed, { age, incomes? }, [North, South]);
    let model = Written::<f32>::new(&mut mtl::seeded(1));
    let path = std::env::temp_dir().join(format!("mtl-columns-{}.safetensors", std::process::id()));
    save(&model, &path).unwrap();
    let (same, swapped, renamed) = (load::<Same>(&path).is_ok(), load::<Swapped>(&path), load::<Renamed>(&path));
    std::fs::remove_file(&path).unwrap();
    // A title is what one table calls the column.
    assert!(same);
    let (swapped, renamed) = (swapped.unwrap_err().to_string(), renamed.unwrap_err().to_string());
    let categories = "input `region`: the file has the categories `North`, `South`, the model `South`, `North`";
    assert!(swapped.contains("another architecture") && swapped.contains(categories), "{swapped}");
    assert!(renamed.contains("input `person`: the file has the column `income` where the model has `incomes`"), "{renamed}");
    assert_ne!(fingerprint::<Swapped>(), fingerprint::<Renamed>());
}

multitask! {
    /// Numbers that a table has without names, and one more for what training did not see.
    pub struct Homes {
        input home: class(3, unknown);
        head y = home -> Embedding(2) -> Dense(1) { loss: mse }
    }
}

#[test]
fn a_number_that_training_did_not_see_is_unknown() {
    let model: Homes = Homes::new(&mut mtl::seeded(4));
    let of = |home| model.predict(&HomesInputs { home }).y;
    assert_eq!(model.y.embedding1.embeddings.shape(), (2, 4));
    let unknown = of(None);
    assert!((0..3).all(|home| of(Some(home)) != unknown));
    // A row of strings: a number that no class has, and a missing cell.
    let read = |cell| HomesInputs::from_fields(&["home"], &[cell]).unwrap().home;
    assert_eq!([read("2"), read("3"), read("99"), read("NA"), read("")], [Some(2), None, None, None, None]);
    assert!(HomesInputs::from_fields(&["home"], &["-1"]).is_err());
    // A typed number is meant: one out of range is a mistake.
    assert!(of(Some(3)).is_nan() && of(Some(usize::MAX)).is_nan());
    let error = model.try_predict(&HomesInputs { home: Some(3) }).unwrap_err().to_string();
    assert_eq!(error, HomesInputs { home: Some(3) }.check().unwrap_err().to_string());
    assert!(error.contains("home") && error.contains('3'), "{error}");
    // A file, of which the first part is to be trained on: a number that it does not have is unknown in the others.
    let file = "home,y,split\n0,1,train\n1,2,train\n2,3,test\n7,4,test\nNA,5,train\n1,6,test\n";
    let (train, test) = Csv::from_reader(file.as_bytes()).unwrap().rare(1).split::<Homes>("split", "train").unwrap();
    let homes = |data: &Dataset<Homes>| (0..data.len()).map(|row| data.inputs(row).unwrap().class(0).unwrap()).collect::<Vec<_>>();
    assert_eq!((homes(&train), homes(&test)), (vec![0, 1, 3], vec![3, 3, 1]));
    assert!((model.predict_dataset(&test)[0].y - unknown).abs() < 1e-6);
}

#[test]
fn the_unknown_number_is_learned() {
    let rows = (0..300).map(|row| (HomesInputs { home: Some(row % 3) }, HomesTargets { y: 5.0 }));
    let data = Dataset::from_rows(rows).unwrap();
    let trained = |rate| {
        let mut model: Homes = Homes::new(&mut mtl::seeded(1));
        Trainer::new(Adam::new(0.05)).epochs(60).unknown_rate(rate).quiet().fit(&mut model, &data).unwrap();
        model.predict(&HomesInputs { home: None }).y
    };
    assert!((trained(0.1) - 5.0).abs() < 0.2, "{}", trained(0.1));
    // Without it, what stands for the unknown stays as it was drawn.
    assert!((trained(0.0) - 5.0).abs() > 0.5, "{}", trained(0.0));
}

#[test]
fn the_summary_names_columns_and_categories() {
    let text = Care::<f32>::new(&mut mtl::seeded(1)).to_string();
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().split("  ").collect::<Vec<_>>();
    assert!(line("person").contains(&"age, school, income"), "{text}");
    assert!(line("region").contains(&"Midwest, noreast, .. 4"), "{text}");
    assert!(line("month").contains(&"class below 12"), "{text}");
    assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
    let homes = Homes::<f32>::new(&mut mtl::seeded(1)).to_string();
    assert!(homes.contains("below 3, or unknown"), "{homes}");
}

#[test]
fn the_recipe_for_tables_trains_and_keeps_the_best_epoch() {
    multitask! {
        struct Tailed {
            input x: [2];
            let numbers = x -> Robust -> Scale;
            shared body = (numbers, numbers -> Periodic(6, sigma = 0.5), x -> Piecewise(6)) -> Concat -> Dense(16, selu) -> Dropout(0.05);
            head level = body -> Dense(1) { loss: mse, targets: standardized }
            head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, label_smoothing: 0.1, metrics: [accuracy] }
        }
    }
    let rows = (0..600_u16).map(|row| {
        let (u, v) = (f32::from(row % 37) / 37.0, f32::from(row % 101) / 101.0);
        // A long tail, and a wave that a straight line does not follow.
        let (level, kind) = ((9.0 * u).sin() + v, usize::from(v > 0.3) + usize::from(v > 0.6));
        (TailedInputs { x: [(6.0 * u).exp(), v] }, TailedTargets { level, kind })
    });
    let data = Dataset::<Tailed>::from_rows(rows).unwrap();
    let mut model = Tailed::boxed(&mut mtl::seeded(1));
    let history = Trainer::tabular().seed(3).quiet().fit(&mut model, &data).unwrap();
    assert_eq!((history.epochs.len(), history.epochs[0].of), (256, 256));
    let best = history.epochs.iter().map(|epoch| epoch.monitored_loss()).fold(f64::INFINITY, f64::min);
    let last = history.epochs.last().unwrap();
    assert!(last.learning_rate < 1e-4 && last.validation.is_some() && best <= last.monitored_loss());
    let report = evaluate(&*model, &data).unwrap();
    assert!(report.level.loss < 0.1 && report.kind.accuracy > 0.95, "{report}");
    // Settings can be changed.
    let history = Trainer::tabular().epochs(2).validation(&data).quiet().fit(&mut Tailed::boxed(&mut mtl::seeded(1)), &data).unwrap();
    assert_eq!(history.epochs.len(), 2);
}
