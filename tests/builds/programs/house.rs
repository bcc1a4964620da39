use std::error::Error;

use mtl::prelude::*;

const FEATURES: usize = 6;
const WIDTH: usize = 16;

multitask! {
    /// What a house costs, what it is, and whether it sells.
    #[int8]
    pub struct House {
        input photo: [8, 8, 1];
        input record: [FEATURES];
        input plan: one_of { Small, Middle = "m", Large };
        input town: class(5);

        layer tower = Dense(6, relu);
        let image = photo -> Conv2D(4, relu, kernel = 3) -> MaxPool2D(2) -> Flatten;
        let place = town -> Embedding(3);
        let (near, far) = (record -> Normalize -> tower, image -> Dense(6, relu)) -> CrossStitch;
        shared body = (near, far, place, plan -> OneHot) -> Concat -> Dense(WIDTH, relu) -> Dropout(0.1);

        head price = body -> Dense(8, relu) -> Dense(1) {
            loss: mse,
            weight: 0.5,
            metrics: [mae, r2],
        }
        head kind = body -> Dense(3, softmax) {
            loss: categorical_cross_entropy,
            labels: partial,
            metrics: [accuracy],
        }
        head sold = body -> Dense(1, sigmoid) {
            loss: binary_cross_entropy,
            metrics: [auc],
        }
        head corner = body -> Dense(2) { loss: mae }

        part Quick = [price, sold];
        budget { parameters: 10_000, weights: 64 KiB }
    }
}

fn row(number: usize) -> (HouseInputs, HouseTargets) {
    let at = number as f32 * 0.1;
    let mut photo = [[[0.0; 1]; 8]; 8];
    photo[number % 8][3][0] = at.sin();
    let plan = if number % 2 == 0 { HousePlan::Small } else { HousePlan::Middle };
    let inputs = HouseInputs { photo, record: [at; 6], plan, town: number % 5 };
    let kind = (number % 4 != 0).then_some(number % 3);
    (inputs, HouseTargets { price: at, kind, sold: if number % 2 == 0 { 1.0 } else { 0.0 }, corner: [at, -at].into() })
}

fn data() -> Result<Dataset<House>, Box<dyn Error>> {
    let mut data = Dataset::new();
    for number in 0..200 {
        let (inputs, targets) = row(number);
        data.push(inputs, targets)?;
    }
    Ok(data)
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = data()?;
    let mut model: House = House::new(&mut mtl::seeded(1));
    println!("{} {}", model.body.dense1.kernel[(0, 0)], model.price.dense2.bias[0]);
    println!("{} {}", model.image.conv2d1.bias[0], model.tower.dense1.bias[0]);
    let stopping = EarlyStopping::new(|report: &HouseReport| report.price.mae).patience(3);
    let mut trainer = Trainer::new(Adam::new(1e-3)).epochs(2).batch_size(32).freeze(HouseBlock::Place).early_stopping(stopping);
    let history = trainer.fit(&mut model, &data)?;
    println!("{}", history.epochs.len());
    let report = model.evaluate(&data)?;
    println!("{} {} {} {} {}", report.price.mae, report.price.r2, report.kind.accuracy, report.sold.auc, report.corner.loss);
    let (inputs, targets) = row(3);
    let outputs = model.predict(&inputs);
    println!("{} {} {}", outputs.price, outputs.sold, outputs.corner[1]);
    println!("{} {}", outputs.kind.class(), outputs.kind.probability(2));
    println!("{} {}", model.predict_price(&inputs), targets.price);
    let small = HouseInt8::quantize(&model, &data)?;
    println!("{}", small.predict(&inputs).price);
    let quick: Quick = Quick::new(&mut mtl::seeded(2));
    println!("{}", quick.predict(&QuickInputs { photo: inputs.photo, record: inputs.record, plan: inputs.plan, town: 1 }).sold);
    Ok(())
}
