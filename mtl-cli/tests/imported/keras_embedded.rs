mtl::multitask! {
    pub struct Net {
        input region: class(5);
        input device: class(7);
        input age: [3];

        shared region_table = region -> Embedding(4);
        shared device_table = device -> Embedding(2);
        shared body = (region_table, device_table, age) -> Concat -> Dense(8, silu);

        head visits = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_embedded.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { region: 2, device: 6, age: [-1.303, 0.905, 0.446] },
                &[&[-0.27907977], &[0.40113714, 0.17125732, 0.42760554]],
            ),
            (
                NetInputs { region: 2, device: 0, age: [-0.537, 0.581, 0.365] },
                &[&[0.011671692], &[0.41749007, 0.18512578, 0.39738405]],
            ),
            (
                NetInputs { region: 3, device: 1, age: [0.294, 0.028, 0.547] },
                &[&[0.4312269], &[0.4283382, 0.20031789, 0.37134394]],
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
