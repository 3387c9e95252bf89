using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What a run keeps of each epoch: rows of the log and files of the history, however the run came to its end.</summary>
public sealed class HistoryTests
{
    // 8 steps per epoch.
    private static readonly TrainingOptions Tiny = new()
    {
        Epochs = 3,
        BatchSize = 40,
        Threads = 1,
        Seed = 5,
        Schedule = new OneCycle(0.1),
        TensorBoard = false,
    };

    private static RunFolder Train(TemporaryFolder place, string name, TrainingOptions? options = null, SplitData? data = null,
        Network? network = null)
    {
        var folder = RunFolder.Create(place.Location, name);
        Trainer.Fit(network ?? TinyTask.Network(), data ?? TinyTask.Data(), (options ?? Tiny) with { Folder = folder });
        return folder;
    }

    private static string Layers(RunFolder folder) => string.Join('\n', File.ReadLines(folder.LogPath).Where(line =>
        line.StartsWith("{\"kind\":\"layers\"", StringComparison.Ordinal)));

    private static Dictionary<string, string> Files(RunFolder folder) =>
        Directory.EnumerateFiles(Path.Combine(folder.Location, RunHistory.FolderName)).ToDictionary(file => Path.GetFileName(file), file =>
            Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));

    [Fact]
    public void Each_epoch_has_a_row_before_its_own_and_a_file_that_agrees_with_the_log()
    {
        using var place = new TemporaryFolder();
        var folder = Train(place, "whole");
        var (log, history) = (RunLog.Read(folder.Location), new RunHistory(folder.Location));
        Assert.Equal([1, 2, 3], log.Layers.Select(row => row.Epoch));
        Assert.Equal(log.Epochs.Select(row => row.Step), log.Layers.Select(row => row.Step));
        Assert.All(log.Layers, row => Assert.Equal(4, row.Layers.Count));
        Assert.Equal(["relu1", "relu2"], log.Layers[0].Activations.Select(one => one.Layer));
        var kinds = File.ReadLines(folder.LogPath).Select(line => line.Split('"')[3]).ToList();
        Assert.Equal(3, kinds.Index().Count(at => at.Item == "epoch" && kinds[at.Index - 1] == "layers"));
        var news = new RunLogReader(folder.Location).Read();
        Assert.Equal(log.Layers.Select(LogFormat.Json), news.Layers.Select(LogFormat.Json));

        Assert.Equal([1, 2, 3], history.Epochs());
        var (data, samples) = (TinyTask.Data(), history.ReadSamples()!);
        Assert.Equal((10, true, 3), (samples.Samples.Count, samples.AnswersAreProbabilities, samples.ClassNames.Count));
        Assert.Equal([0, 1, 2], samples.Samples.Take(3).Select(one => one.Truth).Order());
        foreach (var one in samples.Samples)
        {
            Assert.Equal(data.Validation.Pixels(one.Image).ToArray(), one.Pixels);
            Assert.Equal((data.Validation.Label(one.Image), data.Validation.NameOf(one.Image)), (one.Truth, one.Name));
        }
        foreach (var number in history.Epochs())
        {
            var epoch = history.Read(number);
            Assert.Equal((number, number * 8L), (epoch.Epoch, epoch.Step));
            Assert.Equal(60, epoch.Confusion.Sum(one => one.Images));
            Assert.Equal(log.Epochs[number - 1].ValidationAccuracy,
                epoch.Confusion.Where(one => one.Truth == one.Answer).Sum(one => one.Images) / 60.0, 1e-12);
            Assert.All(epoch.Answers, answer => Assert.Equal(1, answer.Sum(), 1e-5));
            Assert.Equal(("conv1", new Shape(1, 3, 3), 6), (epoch.Kernels!.Layer, epoch.Kernels.Shape, epoch.Kernels.Weights.Count));
            // The second convolution gives single numbers.
            Assert.Equal([("relu1", new Shape(6, 7, 7))], epoch.Maps.Select(map => (map.Layer, map.Whole)));
        }
        // The newest is the model of the end.
        var model = ModelFile.Load(folder.Location);
        var last = history.Read(3);
        foreach (var (one, at) in samples.Samples.Select((one, at) => (one, at)))
        {
            var predicted = model.Predict(one.Pixels);
            Assert.All(predicted.Probabilities.Zip(last.Answers[at]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            if (at >= last.Maps[0].Samples.Count) continue;
            var map = model.FeatureMaps(one.Pixels).Single(map => map.Layer.Name == "relu1").Values;
            Assert.Equal(4, last.Maps[0].Samples.Count);
            var range = map.Max() - map.Min();
            Assert.All(map.Zip(last.Maps[0].Samples[at]), pair => Assert.Equal(pair.First, pair.Second, 0.003 * range));
        }
        Assert.Equal(model.Weights["conv1.weight"].Values.ToArray(), last.Kernels!.Weights.SelectMany(one => one));
    }

    [Theory]
    [InlineData(13)] // inside an epoch
    [InlineData(16)] // at the end of one
    public void A_run_that_was_stopped_and_resumed_has_the_same_rows_and_files(int stop)
    {
        using var place = new TemporaryFolder();
        var whole = Train(place, "whole");
        var folder = RunFolder.Create(place.Location, "stopped");
        var options = Tiny with { Folder = folder };
        using (var job = new TrainingJob(TinyTask.Network(), TinyTask.Data(), options,
            [.. TrainingListener.Usual(options), new Stop(stop)])) job.Run();
        // What was killed behind its checkpoint has rows and files of an epoch that is done again.
        new RunHistory(folder.Location).Write(new HistoryEpoch { Epoch = 3, Step = 24 }, 1);
        Trainer.Fit(TinyTask.Network(), TinyTask.Data(), options with { Resume = true });
        Assert.Equal(Layers(whole), Layers(folder));
        Assert.Equal(Files(whole), Files(folder));
    }

    [Fact]
    public void Another_training_in_the_folder_begins_a_new_history_and_without_it_nothing_is_kept()
    {
        using var place = new TemporaryFolder();
        var folder = Train(place, "again");
        Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder, Epochs = 1 });
        Assert.Equal([1], new RunHistory(folder.Location).Epochs());
        var off = Train(place, "off", Tiny with { History = false });
        Assert.Empty(new RunHistory(off.Location).Epochs());
        Assert.Null(new RunHistory(off.Location).ReadSamples());
        Assert.Empty(RunLog.Read(off.Location).Layers);
        Assert.Equal(3, RunLog.Read(off.Location).Epochs.Count);
    }

    [Theory]
    [InlineData(10, 100, 10_000, 1)]
    [InlineData(99, 100, 10_000, 1)]
    [InlineData(100, 100, 10_000, 2)]
    [InlineData(1000, 100, 10_000, 16)]
    [InlineData(5, 1_000_000, 10, 1 << 30)]
    public void Of_many_epochs_a_power_of_two_is_kept(int epochs, long bytes, long limit, int stride) =>
        Assert.Equal(stride, RunHistory.Stride(epochs, bytes, limit));

    [Fact]
    public void A_history_stays_below_its_limit_and_a_resumed_one_keeps_the_same_epochs()
    {
        using var place = new TemporaryFolder();
        const long limit = 60_000; // some four epochs
        RunFolder Run(string name, int? stop)
        {
            var folder = RunFolder.Create(place.Location, name);
            var options = Tiny with { Folder = folder, Epochs = 11 };
            foreach (var resumes in stop is null ? (bool[])[false] : [false, true])
            {
                var own = options with { Resume = resumes };
                var listeners = TrainingListener.Usual(own).Select(one => one is HistoryListener
                    ? new HistoryListener(folder) { Resumes = resumes, Limit = limit } : one);
                using var job = new TrainingJob(TinyTask.Network(), TinyTask.Data(), own,
                    [.. listeners, new Stop(resumes ? int.MaxValue : stop ?? int.MaxValue)]);
                job.Run();
            }
            return folder;
        }
        var whole = Run("whole", null);
        var kept = new RunHistory(whole.Location).Epochs();
        Assert.InRange(kept.Count, 2, 6);
        Assert.Equal(11, kept[^1]);
        var stride = kept[1] - kept[0];
        Assert.True(stride is 2 or 4 or 8);
        Assert.All(kept.SkipLast(1), epoch => Assert.Equal(0, epoch % stride));
        var files = Directory.EnumerateFiles(Path.Combine(whole.Location, "history"));
        Assert.True(files.Sum(file => new FileInfo(file).Length) < limit + 20_000);
        Assert.Equal(Files(whole), Files(Run("stopped", 45)));
    }

    [Fact]
    public void A_file_that_is_cut_changed_renamed_or_foreign_is_refused_by_name_and_the_others_stay()
    {
        using var place = new TemporaryFolder();
        var folder = Train(place, "damaged");
        var history = new RunHistory(folder.Location);
        string Of(int epoch) => Path.Combine(folder.Location, "history", $"epoch-{epoch:00000}.safetensors");
        var whole = File.ReadAllBytes(Of(2));
        File.WriteAllBytes(Of(2), whole[..^100]);
        Assert.Equal($"history/epoch-00002.safetensors is cut short: {whole.Length - 100:N0} of {whole.Length:N0} bytes.",
            Assert.Throws<DataException>(() => history.Read(2)).Message);
        var changed = (byte[])whole.Clone();
        changed[^1] ^= 1;
        File.WriteAllBytes(Of(2), changed);
        Assert.Contains("history/epoch-00002.safetensors is damaged", Assert.Throws<DataException>(() => history.Read(2)).Message,
            StringComparison.Ordinal);
        File.Copy(Of(1), Of(2), overwrite: true);
        Assert.Contains("holds epoch 1: the file was renamed", Assert.Throws<DataException>(() => history.Read(2)).Message,
            StringComparison.Ordinal);
        File.Copy(folder.Checkpoints.PathOf(24), Of(2), overwrite: true);
        Assert.Contains("'history-1'", Assert.Throws<DataException>(() => history.Read(2)).Message, StringComparison.Ordinal);
        for (var length = 0; length < whole.Length; length += 257)
        {
            File.WriteAllBytes(Of(2), whole[..length]);
            Assert.Throws<DataException>(() => history.Read(2));
        }
        File.WriteAllText(Path.Combine(folder.Location, "history", "epoch-x.safetensors"), "");
        File.WriteAllText(Path.Combine(folder.Location, "history", "notes.txt"), "mine");
        Assert.Equal([1, 2, 3], history.Epochs());
        Assert.Equal(3, history.Read(3).Epoch);
        Assert.Equal("history/epoch-00009.safetensors", Assert.Throws<DataException>(() => history.Read(9)).Message.Split(' ')[0]);
    }

    [Fact]
    public void A_history_that_cannot_be_written_is_left_out_with_a_notice()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "full");
        File.WriteAllText(Path.Combine(folder.Location, "history"), "in the way");
        var told = new List<string>();
        var run = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder, Notice = told.Add });
        Assert.True(run.IsComplete);
        Assert.StartsWith("The history of the run is left out from here on, and the training goes on: ",
            Assert.Single(told, text => text.Contains("history", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(3, RunLog.Read(folder.Location).Layers.Count); // the log needs no history
    }

    [Fact]
    public void Masks_and_boxes_have_layers_and_maps_and_no_confusions_of_images()
    {
        using var place = new TemporaryFolder();
        var masks = Train(place, "masks", Tiny with { Loss = Loss.BinaryCrossEntropy(), Epochs = 1, Schedule = new ConstantRate(0.01) },
            MapsTask.Data(), MapsTask.Network());
        var epoch = new RunHistory(masks.Location).Read(1);
        Assert.Empty(epoch.Confusion);
        Assert.Empty(epoch.Answers);
        Assert.Equal(["relu1", "relu2", "conv3"], epoch.Maps.Select(map => map.Layer));
        Assert.Equal((4, new Shape(1, 16, 16)), (epoch.Maps[2].Samples.Count, epoch.Maps[2].Kept));
        Assert.All(new RunHistory(masks.Location).ReadSamples()!.Samples, one => Assert.Equal(-1, one.Truth));
        Assert.Equal(["relu1", "relu2"], RunLog.Read(masks.Location).Layers.Single().Activations.Select(one => one.Layer));

        var scenes = DetectorTests.Scenes(16, part: 0);
        var options = Tiny with { Epochs = 1, BatchSize = 4, Optimizer = new Adam(), Schedule = new ConstantRate(0.001) };
        var boxes = Train(place, "boxes", options,
            new SplitData("shapes", scenes, scenes, "drawn"), DetectorTests.Network());
        epoch = new RunHistory(boxes.Location).Read(1);
        Assert.Empty(epoch.Confusion);
        Assert.NotEmpty(epoch.Maps);
        // Where no box has the size of a grid, nothing pulls at its boxes.
        var others = RunLog.Read(boxes.Location).Layers.Single().Layers
            .Where(layer => !layer.Name.EndsWith("/box", StringComparison.Ordinal));
        Assert.All(others, layer => Assert.True(layer.GradientNorm > 0, layer.Name));
    }

    [Fact]
    public void Large_maps_and_pictures_are_averaged_down_and_bytes_say_their_numbers()
    {
        var map = new MapBytes("conv1", new Shape(20, 70, 40));
        Assert.Equal(new Shape(16, 23, 13), map.Kept);
        var numbers = Enumerable.Range(0, map.Read).Select(i => (float)(i / 2800 * (i % 40 / 3 == 4 ? 2 : 1))).ToArray();
        var reduced = map.Reduce(numbers);
        Assert.Equal((5, 10), ((int)reduced[(5 * 23 * 13) + 3], (int)reduced[(5 * 23 * 13) + 4])); // columns 12 to 14 are twice as bright
        var (bytes, least, greatest) = MapBytes.Pack([-1, 0.5f, float.NaN, 3]);
        var back = MapBytes.Unpack(bytes, least, greatest);
        Assert.Equal((-1f, -1f, 3f), (back[0], back[2], back[3]));
        Assert.Equal(0.5, back[1], 0.01);
        Assert.All(MapBytes.Unpack(MapBytes.Pack([2, 2]).Bytes, 2, 2), number => Assert.Equal(2f, number));
    }

    private sealed class Stop(int step) : TrainingListener
    {
        public override void StepDone(TrainingJob job)
        {
            ArgumentNullException.ThrowIfNull(job);
            if (job.StepsDone == step) job.Stop();
        }
    }
}
