mtl::multitask! {
    pub struct Net {
        input x: [3];

        shared body = x -> Dense(4, tanh);

        head rate = body -> Dense(1, exponential) { loss: poisson }
        head robust = body -> Dense(2) { loss: huber(delta = 2.0), weight: 2.0, metrics: [mse, rmse] }
        head side = body -> Dense(1, tanh) { loss: squared_hinge, weight: 0.25 }
        head share = body -> Dense(3, softmax) { loss: kl_divergence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_losses.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33] },
                &[&[0.69405925], &[0.65341926, 0.3353293], &[-0.04135094], &[0.23946589, 0.49921712, 0.26131693]],
            ),
            (
                NetInputs { x: [-1.303, 0.905, 0.446] },
                &[&[0.4672182], &[0.5406403, 0.28167415], &[0.8526675], &[0.22663942, 0.31370863, 0.45965198]],
            ),
            (
                NetInputs { x: [-0.537, 0.581, 0.365] },
                &[&[0.6520351], &[0.53281397, 0.23903343], &[0.58721375], &[0.23954718, 0.3773245, 0.38312837]],
            ),
        ];
        for (row, (inputs, heads)) in rows.iter().enumerate() {
            let outputs = MODEL.predict(inputs);
            for (head, expected) in heads.iter().enumerate() {
                let found = <Net as mtl::Model>::output_numbers(&outputs, head);
                assert_eq!(found.len(), expected.len());
                for (&found, &expected) in found.iter().zip(*expected) {
                    let bound = 1e-5 * expected.abs().max(1.0);
                    assert!((found - expected).abs() <= bound, "row {row}, head {head}: {found}, and {expected} in the source");
                }
            }
        }
    }
}
