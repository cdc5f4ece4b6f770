"""Makes a case of more columns than a function takes arguments: python wide.py FOLDER."""

import json
import os
import sys

import numpy
import pandas
import xgboost

COLUMNS, ROWS = 600, 60


def main(folder):
    os.makedirs(folder, exist_ok=True)
    numbers = numpy.random.default_rng(7)
    features = numbers.normal(size=(ROWS, COLUMNS)).round(3)
    features[numbers.random(features.shape) < 0.02] = numpy.nan
    labels = numpy.where(numpy.nan_to_num(features[:, 1] + features[:, 599]) > 0, 1, 0)
    # Some names that SQL folds, some that it quotes.
    names = ["col %d" % i if i % 3 == 0 else "col_%d" % i for i in range(COLUMNS)]
    table = pandas.DataFrame(features, columns=names)
    model = xgboost.XGBClassifier(n_estimators=20, max_depth=3, n_jobs=1, random_state=0)
    model.fit(table, labels)
    model.save_model(os.path.join(folder, "model.ubj"))
    expected = {"predict": model.predict(table).tolist(), "predict_proba": model.predict_proba(table).tolist()}
    with open(os.path.join(folder, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(expected, file)
    with open(os.path.join(folder, "input.csv"), "w", encoding="utf-8") as file:
        file.write(",".join(names) + "\n")
        for row in features:
            file.write(",".join("" if numpy.isnan(value) else repr(float(value)) for value in row) + "\n")
    with open(os.path.join(folder, "case.json"), "w", encoding="utf-8") as file:
        json.dump({}, file)


if __name__ == "__main__":
    main(sys.argv[1])
