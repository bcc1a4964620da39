mtl::multitask! {
    pub struct Net {
        input x: [3];

        shared body = x -> Dense(4, relu);
        shared first_2 = body -> Dense(2);

        head first = first_2 { loss: mse }
        head second = (body, first_2) -> Concat -> Dense(1) { loss: mse }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights in the program.
    static MODEL: Net = mtl::embed!(Net, "tests/imported/keras_output_inside.safetensors");

    /// What the model that this was imported from gives.
    #[test]
    fn predictions_are_those_of_the_source() {
        let rows: &[(NetInputs, &[&[f32]])] = &[
            (
                NetInputs { x: [0.346, 0.822, 0.33] },
                &[&[0.6547186, 0.614311], &[0.13643408]],
            ),
            (
                NetInputs { x: [-1.303, 0.905, 0.446] },
                &[&[1.2203683, 0.55769885], &[0.59528214]],
            ),
            (
                NetInputs { x: [-0.537, 0.581, 0.365] },
                &[&[0.935148, 0.36601216], &[0.38980108]],
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
