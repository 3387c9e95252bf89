using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Classifiers judged from probabilities and labels: hand-worked cases, and naive twins on drawn sets.</summary>
public sealed class JudgementTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];

    [Fact]
    public void Classes_and_means_by_hand()
    {
        // a: 3 images, 2 right. b: 2 images, 1 right. c: never answered. d: no images, answered once.
        int[] labels = [0, 0, 0, 1, 1, 2], answers = [0, 0, 1, 1, 3, 0];
        var judged = Judgement.Of([.. answers.Select(Sure)], labels, Names);
        Assert.Equal([2.0 / 3, 0.5, 0, 0], judged.PerClass.Select(one => one.Precision));
        Assert.Equal([2.0 / 3, 0.5, 0, double.NaN], judged.PerClass.Select(one => one.Recall));
        Assert.Equal([4.0 / 6, 0.5, 0, double.NaN], judged.PerClass.Select(one => one.F1));
        Assert.Equal([false, false, true, false], judged.PerClass.Select(one => one.IsNeverAnswered));
        Assert.Equal(((2.0 / 3) + 0.5) / 3, judged.MacroF1, 12);
        Assert.Equal(((2.0 / 3) + 0.5) / 3, judged.BalancedAccuracy, 12);
        Assert.Equal(0.5, judged.Accuracy);
        Assert.Equal(new ClassMeans(0.5, 0.5, 0.5), judged.Micro);
        Assert.Equal(((3 * 2.0 / 3) + (2 * 0.5)) / 6, judged.Weighted.Precision, 12);
        Assert.Equal(new int[,] { { 2, 1, 0, 0 }, { 0, 1, 0, 1 }, { 1, 0, 0, 0 }, { 0, 0, 0, 0 } }, judged.Confusion());
        Assert.Contains("never answered", $"{judged}", StringComparison.Ordinal);
        Assert.Equal(["image 2", "image 4", "image 5"], judged.Mistakes.Select(one => one.File));
    }

    [Fact]
    public void The_best_answers_are_counted_in_the_order_of_the_labels_where_they_are_equal()
    {
        double[][] given = [[0.1, 0.4, 0.3, 0.2], [0.25, 0.25, 0.25, 0.25], [0.4, 0.4, 0.1, 0.1]];
        var judged = Judgement.Of(given, [2, 2, 1], Names, ["x.png", "y.png", "z.png"]);
        Assert.Equal([2, 3, 2], judged.Answers.Select(one => one.TruthRank));
        Assert.Equal([0, 2.0 / 3, 1, 1], new[] { 1, 2, 3, 4 }.Select(judged.TopAccuracy));
        Assert.Equal(["x.png", "z.png", "y.png"], judged.Mistakes.OrderByDescending(one => one.Probability).ThenBy(one =>
            one.Image).Select(one => one.File));
        Assert.Throws<UsageException>(() => judged.TopAccuracy(0));
    }

    [Fact]
    public void Curves_by_hand_with_equal_scores_as_one_step()
    {
        // Highest first: a yes, then a yes and a no that score alike, then a no.
        var curve = RankingCurve.Of([0.9, 0.5, 0.5, 0.1], [true, false, true, false]);
        Assert.Equal([new RankingPoint(0.9, 1, 0), new RankingPoint(0.5, 2, 1), new RankingPoint(0.1, 2, 2)], curve.Points);
        Assert.Equal(3.5 / 4, curve.RocArea); // of four pairs three are in order and one is equal
        Assert.Equal(0.5 + (0.5 * 2 / 3), curve.AveragePrecision, 12);
        Assert.Equal((0.5, 0.8), curve.BestF1);
        Assert.Equal([(0.0, 0.0), (0.0, 0.5), (0.5, 1.0), (1.0, 1.0)], curve.Roc());
        var swapped = RankingCurve.Of([0.1, 0.5, 0.5, 0.9], [false, true, false, true]);
        Assert.Equal((curve.RocArea, curve.AveragePrecision), (swapped.RocArea, swapped.AveragePrecision));
        Assert.Equal(0.5, RankingCurve.Of([1, 1, 1], [true, false, false]).RocArea);
        Assert.True(double.IsNaN(RankingCurve.Of([1, 2], [true, true]).RocArea));
        Assert.True(double.IsNaN(RankingCurve.Of([1, 2], [false, false]).AveragePrecision));
        Assert.Contains("sample 1 is not a number", Assert.Throws<DataException>(() => RankingCurve.Of([1, double.NaN], [true,
            false])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calibration_by_hand()
    {
        // Bins of a fifth: 0.2 ends the first, 0.9 and 1 are in the last. |2/2 - 0.95| x 2/4 + |0 - 0.2| x 1/4 + |1 - 0.5| x 1/4.
        var calibration = Calibration.Of([0.9, 1, 0.2, 0.5], [true, true, false, true], bins: 5);
        Assert.Equal([1, 0, 1, 0, 2], calibration.Bins.Select(bin => bin.Images));
        Assert.Equal((0.05 / 2) + (0.2 / 4) + (0.5 / 4), calibration.ExpectedError, 12);
        Assert.Equal(0.5, calibration.LargestError, 12);
        Assert.Equal((0.65, 0.75), (Math.Round(calibration.Confidence, 12), calibration.Accuracy));
        Assert.True(double.IsNaN(calibration.Bins[1].Accuracy));
        Assert.Equal(15, Calibration.Of([0, 1], [true, true]).Bins.Count);
        Assert.Throws<DataException>(() => Calibration.Of([1.01], [true]));
        Assert.Throws<UsageException>(() => Calibration.Of([1], [true], 0));
    }

    [Fact]
    public void Naive_twins_give_the_same_numbers_on_drawn_sets()
    {
        const int sets = 10_000;
        Parallel.For(0, sets, set =>
        {
            var random = new RandomSequence(5, RandomPurpose.Testing, (uint)set);
            var (images, classes) = (1 + random.NextInt(24), 2 + random.NextInt(3));
            // Few values, so that many are equal.
            var given = new double[images][];
            var labels = new int[images];
            for (var image = 0; image < images; image++)
            {
                var parts = new int[classes];
                for (var i = 0; i < 6; i++)
                    parts[random.NextInt(classes)]++;
                given[image] = Array.ConvertAll(parts, part => part / 6.0);
                labels[image] = random.NextInt(2) == 0 ? Array.IndexOf(given[image], given[image].Max()) : random.NextInt(classes);
            }
            var judged = Judgement.Of(given, labels, [.. Enumerable.Range(0, classes).Select(label => $"{label}")]);
            Assert.Equal(NaiveMeasures.MacroF1(given, labels, classes), judged.MacroF1);
            Assert.Equal(NaiveMeasures.ExpectedError(given, labels, 15), judged.Calibration.ExpectedError);
            for (var label = 0; label < classes; label++)
            {
                double[] scores = [.. given.Select(own => own[label])];
                bool[] positive = [.. labels.Select(own => own == label)];
                Assert.Equal(NaiveMeasures.RocArea(scores, positive), judged.Curve(label).RocArea);
                Assert.Equal(NaiveMeasures.AveragePrecision(scores, positive), judged.Curve(label).AveragePrecision);
            }
        });
    }

    [Fact]
    public void A_temperature_makes_a_model_as_sure_as_it_is_right()
    {
        // Labels are drawn from probabilities; scores that are three times too large are brought back by a temperature of 3.
        var random = new RandomSequence(9, RandomPurpose.Testing);
        var (given, labels) = (new double[4000][], new int[4000]);
        for (var image = 0; image < given.Length; image++)
        {
            double[] scores = [2 * random.NextNormal(), 2 * random.NextNormal(), 2 * random.NextNormal()];
            var truth = Softmax(scores, 1);
            var drawn = random.NextDouble();
            labels[image] = drawn < truth[0] ? 0 : drawn < truth[0] + truth[1] ? 1 : 2;
            given[image] = Softmax(scores, 3);
        }
        var judged = Judgement.Of(given, labels, ["a", "b", "c"]);
        var temperature = judged.BestTemperature();
        Assert.InRange(temperature, 2.8, 3.2);
        var after = judged.At(temperature);
        Assert.True(after.Calibration.ExpectedError < 0.03 && judged.Calibration.ExpectedError > 0.1,
            $"{judged.Calibration.ExpectedError} {after.Calibration.ExpectedError}");
        Assert.Equal(judged.Accuracy, after.Accuracy);
        // No other temperature near it has a higher likelihood.
        double Loss(double at) => Enumerable.Range(0, labels.Length).Sum(image => -Math.Log(TemperatureScaling.Apply(given[image],
            at)[labels[image]]));
        Assert.True(Loss(temperature) < Loss(temperature * 1.001) && Loss(temperature) < Loss(temperature / 1.001));
        // All right: as sure as can be. Nothing known: as unsure as can be.
        Assert.Equal(TemperatureScaling.Lowest, TemperatureScaling.Fit([[0.6, 0.4], [0.3, 0.7]], [0, 1]));
        Assert.Equal(TemperatureScaling.Highest, TemperatureScaling.Fit([[0.6, 0.4], [0.6, 0.4]], [1, 1]));
        Assert.Equal(judged.Answers.Select(one => one.Answer), after.Answers.Select(one => one.Answer));
    }

    [Fact]
    public void A_calibrated_model_has_the_temperature_in_its_network_and_its_file()
    {
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Flatten().Linear(3));
        var model = new Model(Weights.Initialize(network, 3), Normalization.None(1), ["a", "b", "c"]);
        byte[] pixels = [.. Enumerable.Range(0, 16).Select(i => (byte)(i * 16))];
        Assert.Contains("no temperature", Assert.Throws<UsageException>(model.Calibrated).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => model.WithTemperature(0));
        using var folder = new TemporaryFolder();
        ModelFile.Save(model.WithTemperature(2.5), folder.Location);
        var read = ModelFile.Load(folder.Location);
        Assert.Equal((2.5, model.Weights.Sha256()), (read.Temperature, read.Weights.Sha256()));
        Assert.Equal(model.Predict(pixels).Probabilities, read.Predict(pixels).Probabilities); // only when asked
        foreach (var asked in new[] { read, new Model(read.Weights.ShareWith(network.Append(x => x.Softmax())), Normalization.None(1),
            ["a", "b", "c"]) { Temperature = 2.5 } })
            foreach (var (expected, given) in TemperatureScaling.Apply(model.Predict(pixels).Probabilities,
                2.5).Zip(asked.Calibrated().Predict(pixels).Probabilities))
                Assert.Equal(expected, given, 6);
        Assert.Null(read.CutAt("flatten1").Temperature);
        Assert.Null(read.WithHead(2, 0).Temperature);
        File.WriteAllText(folder["model.safetensors"], File.ReadAllText(folder["model.safetensors"], System.Text.Encoding.Latin1)
            .Replace("\"temperature\":\"2.5\"", "\"temperature\":\"-25\"", StringComparison.Ordinal), System.Text.Encoding.Latin1);
        Assert.Contains("temperature", Assert.Throws<DataException>(() => ModelFile.Load(folder.Location)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_has_the_judgement_of_its_own_answers()
    {
        var task = DigitsTask.Data();
        var scores = Network.Build(task.ImageShape, x => x.Flatten().Linear(task.ClassCount));
        var weights = Weights.Initialize(scores, 1);
        Model Of(Network network) => new(weights.ShareWith(network), Normalization.None(1), task.ClassNames);
        foreach (var model in new[] { Of(scores), Of(scores.Append(x => x.Softmax())), Of(scores.Append(x => x.Sigmoid())) })
        {
            var result = model.Evaluate(task.Validation);
            Assert.Equal(result.Accuracy, result.Judgement!.Accuracy, 12);
            var direct = Judgement.Of(model, task.Validation);
            Assert.Equal(direct.Mistakes.Select(one => one.Image).Order(), result.Judgement.Mistakes.Select(one => one.Image).Order());
            foreach (var (one, other) in direct.Answers.Zip(result.Judgement.Answers))
                Assert.Equal(one.TruthProbability, other.TruthProbability, 4);
        }
        Assert.Throws<UsageException>(() => Of(scores.Append(x => x.Sigmoid())).Evaluate(task.Validation).Judgement!.BestTemperature());
    }

    [Fact]
    public void What_is_no_probability_is_refused()
    {
        Assert.Contains("expected 0 to 1", Assert.Throws<DataException>(() => Judgement.Of([[1.5, 0]], [0], ["a", "b"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("not a number", Assert.Throws<DataException>(() => Judgement.Of([[double.NaN, 0]], [0], ["a", "b"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("0 to 1", Assert.Throws<DataException>(() => Judgement.Of([[1, 0]], [2], ["a", "b"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("as many", Assert.Throws<DataException>(() => Judgement.Of([[1]], [0], ["a", "b"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("no images", Assert.Throws<DataException>(() => Judgement.Of([], [], ["a", "b"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("1 names", Assert.Throws<DataException>(() => Judgement.Of([[1, 0], [0, 1]], [0, 1], ["a", "b"], ["x"])).Message,
            StringComparison.Ordinal);
    }

    private static double[] Sure(int label) => [.. Enumerable.Range(0, Names.Length).Select(other => other == label ? 0.7 : 0.1)];

    private static double[] Softmax(double[] scores, double factor)
    {
        double[] powers = [.. scores.Select(score => Math.Exp(factor * score))];
        return [.. powers.Select(power => power / powers.Sum())];
    }
}

/// <summary>The measures as their definitions read, with everything counted again for each number.</summary>
internal static class NaiveMeasures
{
    public static double RocArea(double[] scores, bool[] positive)
    {
        long twice = 0, pairs = 0;
        for (var i = 0; i < scores.Length; i++)
            for (var j = 0; j < scores.Length; j++)
                if (positive[i] && !positive[j])
                {
                    pairs++;
                    twice += scores[i] > scores[j] ? 2 : scores[i] == scores[j] ? 1 : 0;
                }
        return pairs == 0 ? double.NaN : twice / (2.0 * pairs);
    }

    public static double AveragePrecision(double[] scores, bool[] positive)
    {
        var all = positive.Count(own => own);
        if (all == 0) return double.NaN;
        double sum = 0;
        foreach (var score in scores.Distinct().OrderDescending())
        {
            int At(Func<int, bool> counts) => Enumerable.Range(0, scores.Length).Count(counts);
            var precision = (double)At(i => positive[i] && scores[i] >= score) / At(i => scores[i] >= score);
            sum += At(i => positive[i] && scores[i] == score) * precision;
        }
        return sum / all;
    }

    public static double MacroF1(double[][] given, int[] labels, int classes)
    {
        int Answer(double[] own) => Array.IndexOf(own, own.Max());
        double sum = 0;
        var counted = 0;
        for (var label = 0; label < classes; label++)
        {
            var support = labels.Count(own => own == label);
            if (support == 0) continue;
            var right = Enumerable.Range(0, labels.Length).Count(i => labels[i] == label && Answer(given[i]) == label);
            sum += 2.0 * right / (given.Count(own => Answer(own) == label) + support);
            counted++;
        }
        return sum / counted;
    }

    public static double ExpectedError(double[][] given, int[] labels, int bins)
    {
        double error = 0;
        for (var bin = 0; bin < bins; bin++)
        {
            int[] members = [.. Enumerable.Range(0, given.Length).Where(i =>
                given[i].Max() <= (double)(bin + 1) / bins && (bin == 0 || given[i].Max() > (double)bin / bins))];
            if (members.Length == 0) continue;
            var confidence = 0.0;
            foreach (var i in members)
                confidence += given[i].Max();
            var accuracy = (double)members.Count(i => Array.IndexOf(given[i], given[i].Max()) == labels[i]) / members.Length;
            error += (double)members.Length / given.Length * Math.Abs(accuracy - (confidence / members.Length));
        }
        return error;
    }
}
