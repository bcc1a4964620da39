//! Three tasks of quite different kinds on one insurance record: a label that is often missing, four classes, a count.
//!
//! ```sh
//! cargo run --release --example healthcare               # one run
//! cargo run --release --example healthcare -- seeds=5    # the mean over five
//! ```
//!
//! Data: the RAND Health Insurance Experiment. Its index of chronic disease hides three things in one number: adults
//! (multiples of 3.45) and children (of 4.35) filled in different checklists, and where none was filled in the file has one
//! of four means. The column `checklist` tells them apart.
//!
//! Tuned by eight-fold cross-validation within the training split, with all years of a person in one fold, two seeds. From
//! the five numbers as they are: AUC of `limited` 0.70, accuracy of `health` 0.574, mean absolute error of `visits` 2.61. With
//! the checklists told apart 0.743, 0.580, 2.59. With an embedding of the household, for the members of a family are alike:
//! 0.740, 0.589, 2.56 (as the mean of both seeds). More layers learn the rest by heart: two of 64 relu without a penalty have 0.725 and 0.566.
//!
//! The accuracy of `health` on the test split, 0.570, is below that in validation, 0.587. It is one draw of about a thousand persons: from
//! fold to fold of half that size it goes from 0.549 to 0.624 (standard deviation 0.023).
//!
//! The head `visits` predicts the mean of a Poisson distribution: the number to plan with. What would make the mean
//! absolute error smallest is the median, 1 or 2 visits for most: a head with `loss: mae` gets to 2.34 in validation, and says less.

mod support;

use std::error::Error;

use mtl::model::Record;
use mtl::prelude::*;
use mtl::schedule::Cosine;

/// How many households there are in the file.
const HOUSEHOLDS: usize = 790;

multitask! {
    /// Physical limitation, self-rated health and doctor visits in a year, from one insurance record.
    pub struct Patient {
        /// Whether there is a deductible for each person, the logarithms of the participation incentive and of the maximum expenditure, the
        /// index of chronic disease.
        input record: { idp, lpi, fmde, disea };
        /// The rate of coinsurance in percent.
        input plan: one_of { Free, Quarter = "25", Half = "50", Most = "95", Mixed };
        /// The checklist behind the index of chronic disease; for those who filled in none the file has one of four means.
        input checklist: one_of { Nothing, Adults, Children, Mean1, Mean2, Mean3, Mean4 };
        /// A household that training did not see is unknown.
        input household: class(HOUSEHOLDS, unknown);

        let home = household -> Embedding(8) -> Dropout(0.5);
        shared body = (record -> Normalize, plan -> OneHot, checklist -> OneHot, home) -> Concat
            -> Dense(64, tanh, l2 = 0.001) -> Dropout(0.1);

        head limited = body -> Dense(20, tanh, l2 = 0.001) -> Dense(1, sigmoid) {
            loss: binary_cross_entropy,
            labels: partial,
            metrics: [accuracy, auc],
        }
        head health = body -> Dense(20, tanh, l2 = 0.001) -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Excellent = "0", Good = "1", Fair = "2", Poor = "3" },
            metrics: [accuracy],
        }
        head visits = body -> Dense(20, tanh, l2 = 0.001) -> Dense(1, exponential) {
            loss: poisson,
            weight: 0.3,
            metrics: [mae],
        }
    }
}

/// The training split and the test split.
pub fn load() -> Result<(Dataset<Patient>, Dataset<Patient>), Box<dyn Error>> {
    Ok(Csv::open(support::data("randhie.csv")).rare(1).split("split", "train")?)
}

/// The persons of households that training did not see.
fn of_new_households(persons: &Dataset<Patient>) -> Dataset<Patient> {
    let household = |row| persons.inputs(row).and_then(|inputs| inputs.class(3));
    persons.partition(|row| household(row) == Some(HOUSEHOLDS)).0
}

/// How it is trained.
pub fn trainer<'a>(epochs: usize) -> Trainer<'a, Patient, Adam> {
    Trainer::new(Adam::new(2e-3)).epochs(epochs).batch_size(256).schedule(Cosine::default()).report_every(5)
}

/// Trains on the training split, and measures on the test split: on all persons, and on those of new households.
pub fn run(seed: u64, epochs: usize) -> Result<[PatientReport; 2], Box<dyn Error>> {
    let (train, test) = load()?;
    let mut model: Patient = Patient::new(&mut mtl::seeded(seed));
    println!("{model}\n");
    trainer(epochs).seed(seed).fit(&mut model, &train)?;
    Ok([model.evaluate(&test)?, model.evaluate(&of_new_households(&test))?])
}

#[allow(dead_code, reason = "unused where another program includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    support::main(|seed| run(seed, 20).map(|[all, _]| all))?;
    println!("\nof these, persons of households that training did not see");
    support::main(|seed| run(seed, 20).map(|[_, new]| new))
}
