// Models with every kind of statement and step, in eight bits and with a part: their own names are none of the list.
::mtl::multitask! {
    #[int8]
    pub struct Zz<const ZZ_UNITS: usize> {
        input zz_image: [8, 6, 1];
        input zz_days: [5, 3];
        input zz_zone: class(4);
        layer zz_look = Conv2D(4, tanh) -> MaxPool2D -> Flatten -> Dense(4, gelu);
        shared zz_seen = zz_image -> Normalize -> zz_look -> BatchNorm -> LayerNorm;
        let zz_past = zz_days -> Conv1D(3, relu, padding = same) -> AveragePool1D -> Gru(4, sequences = true) -> Lstm(4) -> Dropout(0.1);
        let zz_place = (zz_zone -> Embedding(3), zz_zone -> OneHot) -> Concat -> Dense(4, silu);
        let (zz_a, zz_b) = (zz_seen, zz_past) -> CrossStitch;
        let (zz_c, zz_d) = zz_place -> MixtureOfExperts(2, expert = Dense(4));
        tie (zz_e, zz_f) { l2: 0.1 }
        let zz_e = zz_c -> Dense(4, l2 = 0.01) -> GaussianNoise(0.1);
        let zz_f = zz_d -> Dense(4, l1 = 0.01);
        let zz_sum = (zz_a, zz_e) -> Add -> tanh;
        let zz_rest = ((zz_b, zz_f) -> Average, (zz_a, zz_f) -> Multiply, zz_place -> softmax) -> Maximum;
        head zz_one = (zz_sum, zz_rest) -> Concat -> Dense(1, softplus) { loss: mse, labels: partial, metrics: [mae] }
        head zz_two = zz_rest -> Dense(ZZ_UNITS) -> Dense(3, softmax) { loss: categorical_cross_entropy, label_smoothing: 0.1, metrics: [top_k(2)] }
        head zz_three = zz_sum -> Dense(2, sigmoid) { loss: binary_cross_entropy, class_weights: [1, 2] }
        part ZzHalf = [zz_one];
    }
}
::mtl::multitask! {
    pub struct Zzz {
        input zz_x: [zz::ZZ_WIDTH, 2];
        input zz_y: [{ zz::ZZ_WIDTH }];
        let zz_own = zz_x -> Flatten -> zz::ZzLayer<_>(0.5) -> Dense(4, zz::ZzActivation);
        shared zz_both = (zz_own, zz_y -> Dense(4) -> zz::ZzActivation) -> Add;
        head zz_one = zz_both -> Dense(2) { loss: zz::ZzLoss(0.5), metrics: [mae], weight: zz::ZZ_WEIGHT }
        head zz_two = zz_both -> Dense(1) { loss: huber(zz::ZZ_WEIGHT) }
        budget { parameters: 10_000 }
    }
}
::mtl::multitask! {
    #[int8]
    pub struct Zzzz {
        input zz_who: { #[column = "zz_years"] zz_age, zz_pay?, zz_hours? };
        input zz_more: { zz_left, zz_right };
        input zz_where: one_of { ZzNorth = "zz north", ZzSouth, unknown };
        input zz_kin: one_of(zz::ZzKin);
        input zz_home: class(5, unknown);
        shared zz_body = (zz_who -> Normalize(indicator = true), zz_more, zz_where -> Embedding(2), zz_kin -> OneHot, zz_home -> Embedding(2))
            -> Concat -> Dense(6, tanh);
        #[column = "zz_paid"]
        head zz_cost = zz_body -> Dense(1) { loss: mse, targets: standardized, labels: partial }
        head zz_well = zz_body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { ZzPoor, ZzGood = "zz good" },
            class_weights: { ZzPoor: 2 },
            metrics: [accuracy, confusion],
        }
        head zz_near = zz_body -> Dense(2, softmax) { loss: categorical_cross_entropy, classes: zz::ZzKin, labels: partial }
    }
}
pub fn zz_local() {
    const ZZ_N: ::core::primitive::usize = 2;
    ::mtl::multitask! { struct ZzLocal { input zz_x: [ZZ_N]; head zz_y = zz_x -> Dense(ZZ_N) { loss: mse } } }
}
