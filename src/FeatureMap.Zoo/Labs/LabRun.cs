using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// A run of a lab: its settings, its data, its folder and its page. Everything that takes time goes through <see cref="Train"/> or <see cref="Measure"/>, which keep what is done
/// in the folder: a lab that was stopped runs through the same calls again and gets the finished parts back, to the bit.
/// </summary>
public sealed class LabRun
{
    /// <summary>The names of the page and of the figures in the folder of a lab.</summary>
    public const string PageName = "lab.html", ResultsName = "results.json";

    private readonly LabOptions options;
    private readonly LabRanks ranks;
    private readonly List<LabTraining> trainings = [];
    private readonly HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
    private LabConfiguration configuration;
    private LabMeasurements measured;
    private FolderLock? held;
    private SplitData? data;
    private LabWatch? watch;
    private LabPlan? plan;
    private CancellationToken cancellation;
    private string said = "";
    private long imagesDone, imagesHere;
    private long begun;
    private int done;
    private bool wasBegunHere, isRootNew, hasBegun;

    private LabRun(string folder, LabConfiguration configuration, LabOptions options)
    {
        (Folder, this.configuration, this.options, cancellation) = (folder, configuration, options, options.Cancellation);
        measured = new LabMeasurements(folder);
        ranks = new LabRanks(options.Collective);
        Page = new Page(Lab.Title, "Lab", Lab.Question);
    }

    /// <summary>The lab.</summary>
    public Lab Lab => configuration.Lab;

    /// <summary>The settings.</summary>
    public LabSettings Settings => configuration.Settings;

    /// <summary>The folder, as a full path: <c>lab.json</c>, a folder for each training, <c>measured.json</c>, <c>results.json</c> and the page.</summary>
    public string Folder { get; }

    /// <summary>Where the page is written when the lab is done.</summary>
    public string PagePath => Path.Combine(Folder, PageName);

    /// <summary>Where the figures behind the page are written when the lab is done.</summary>
    public string ResultsPath => Path.Combine(Folder, ResultsName);

    /// <summary>The page. Heading and foot (settings, trainings, the command) come by themselves; the lab adds its sections.</summary>
    public Page Page { get; }

    /// <summary>The seed of the lab: draw everything from it and from what is added to it.</summary>
    public ulong Seed => Settings.Get(LabSetting.Seed);

    /// <summary>Threads to use; 0 for one per logical processor. Nothing may depend on it.</summary>
    public int Threads => Settings.Get(LabSetting.Threads);

    /// <summary>Whether it is the small version of the lab, whose figures decide nothing; its page says so.</summary>
    public bool IsQuick => configuration.IsQuick;

    /// <summary>Asks the lab to stop: the token of the options, or somebody else by <see cref="AskToStop"/>.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether <see cref="Execute"/> ended because somebody asked it to stop: everything is saved.</summary>
    public bool WasStopped { get; private set; }

    /// <summary>The trainings so far, in the order in which they were asked for.</summary>
    public IReadOnlyList<LabTraining> Trainings => trainings;

    /// <summary>Begins a lab in a new folder.</summary>
    /// <param name="settings">The settings of the lab.</param>
    /// <param name="lab">The lab.</param>
    /// <param name="options">Where data come from, and who is told what.</param>
    /// <exception cref="DataException">The folder cannot be made.</exception>
    public static LabRun Begin(Lab lab, LabSettings? settings = null, LabOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(lab);
        options ??= new();
        var configuration = new LabConfiguration
        {
            Lab = lab,
            Settings = settings ?? LabSettings.Of(lab),
            IsQuick = options.IsQuick,
            Folders = [.. options.Data.Folders.Select(Path.GetFullPath)],
        };
        var isRootNew = !Directory.Exists(options.Root);
        return new LabRun(NewFolder.Create(options.Root, lab.Name, LabConfiguration.FileName, content: configuration.ToJson()), configuration, options) { wasBegunHere = true, isRootNew = isRootNew };
    }

    /// <summary>Goes on with a lab that was stopped; one that is complete makes its page again.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">Where data come from, if they are not where they were; who is told what.</param>
    /// <param name="threads">Another number of threads than before; null for the same.</param>
    /// <param name="registry">Which labs there are; those of the library where null.</param>
    /// <exception cref="DataException">The folder is not that of a lab, or its files are damaged.</exception>
    public static LabRun Resume(string folder, LabOptions? options = null, int? threads = null, Registry? registry = null)
    {
        var configuration = LabConfiguration.Read(folder, registry);
        options ??= new();
        if (threads is { } count) configuration = configuration with { Settings = configuration.Settings.With(LabSetting.Threads.Name, $"{count}") };
        if (options.Data.Folders.Count == 0 && configuration.Data?.Origin != DataOrigin.Embedded) options = options with { Data = options.Data with { Folders = configuration.Folders } };
        return new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), configuration, options);
    }

    /// <summary>
    /// Asks the process that runs a lab in a folder to stop: after the step that it is doing it ends, everything is saved, and
    /// <see cref="Resume"/> goes on. Returns at once.
    /// </summary>
    /// <param name="folder">The folder of the lab.</param>
    /// <exception cref="DataException">It is not that of a lab, nobody runs it, or nothing can be written in it.</exception>
    public static void AskToStop(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!IsAt(full)) throw new DataException($"{full} is not the folder of a lab: it has no {LabConfiguration.FileName}.");
        if (!FolderLock.IsHeld(full))
            throw new DataException($"Nothing runs in {full}: "
                + (IsComplete(full) ? "the lab is complete." : "the lab was stopped or killed before, and can be resumed."));
        RunFolder.WriteText(Path.Combine(full, LabWatch.StopName),
            $"asked by process {Environment.ProcessId} at {DateTime.Now:yyyy-MM-dd HH:mm:ss}\n");
    }

    /// <summary>Whether a folder is that of a lab.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, LabConfiguration.FileName));

    /// <summary>Whether the lab of a folder came to its end.</summary>
    /// <param name="folder">The folder of the lab.</param>
    public static bool IsComplete(string folder) =>
        File.Exists(Path.Combine(folder, PageName)) && File.Exists(Path.Combine(folder, ResultsName));

    /// <summary>Runs the lab to its end and writes the page and the figures.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop; everything so far is saved, and <see cref="Resume"/> goes on.</exception>
    /// <exception cref="DataException">Another process works in the folder: the message says which. Or the folder was moved or
    /// deleted.</exception>
    public void Execute()
    {
        using var taken = FolderLock.Take(Folder);
        taken.Sweep(name => name is LabConfiguration.FileName or LabMeasurements.FileName || name == Path.GetFileName(PagePath) || name == Path.GetFileName(ResultsPath));
        // The process that held the folder before may have measured more.
        (held, measured) = (taken, new LabMeasurements(Folder));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(options.Cancellation);
        cancellation = stopping.Token;
        begun = Environment.TickCount64;
        SetPlan(null);
        // It tells where it is from its first training or measurement on: without its data it does not begin.
        using var watching = new LabWatch(taken, stopping);
        watch = watching;
        try
        {
            Lab.Run(this);
        }
        // Of several ranks another one may have been asked.
        catch (OperationCanceledException) when (stopping.IsCancellationRequested || options.Collective is not null)
        {
            WasStopped = true;
            throw;
        }
        catch (FeatureMapException) when (wasBegunHere && HoldsNothing)
        {
            // Without its data a lab cannot begin: an empty folder would only be in the way.
            watching.Dispose();
            taken.Dispose();
            Directory.Delete(Folder, recursive: true);
            if (isRootNew && Path.GetDirectoryName(Folder) is { } root && !Directory.EnumerateFileSystemEntries(root).Any()) Directory.Delete(root);
            throw;
        }
        taken.Check();
        Start();
        if (ranks.IsFirst) new LabEnding(this, configuration, measured.All).Write();
    }

    // What ranks were begun with is compared, and what rank 0 has measured before is known to all of them.
    private void Start()
    {
        if (hasBegun) return;
        hasBegun = true;
        options.Beginning?.Invoke();
        if (options.Collective is null) return;
        ranks.Compare(Lab, Settings);
        ranks.Share(Folder, LabMeasurements.FileName);
        measured = new LabMeasurements(Folder);
    }

    private bool HoldsNothing =>
        Directory.Exists(Folder) && Directory.EnumerateFileSystemEntries(Folder).Select(entry => Path.GetFileName(entry)).All(name =>
            name == LabConfiguration.FileName || FolderLock.IsOwn(name) || LabWatch.IsOwn(name));

    /// <summary>The value of a setting.</summary>
    public T Get<T>(LabSetting<T> setting) => Settings.Get(setting);

    /// <summary>The data set of the lab, or the one that the setting <c>data</c> names; the same object at every call.</summary>
    /// <exception cref="UsageException">The lab has no data set.</exception>
    /// <exception cref="DataException">It was not found, or is not the one that the lab began with.</exception>
    public SplitData Data()
    {
        if (data is not null) return data;
        if (Lab.Dataset.Length == 0) throw new UsageException($"The lab {Lab.Name} names no data set. Override Dataset, or find files by FindFile.");
        var used = configuration.Data;
        var asked = Settings.Get(LabSetting.Data);
        var name = asked.Length > 0 ? asked : Lab.Dataset;
        var how = options.Data with
        {
            Cancellation = cancellation,
            AllowEmbeddedDigits = asked.Length == 0,
            Images = new ClassFolderOptions { Size = Settings.Get(LabSetting.ImageSize) },
        };
        // Digits of the library that stood in before stand in again, and never in the middle of a lab.
        var found = used is null ? Datasets.Get(name, how) : used.LoadAgain(name, how.Folders, how);
        if (used?.Difference(found) is { } difference)
            throw new DataException($"The lab in {Path.GetFileName(Folder)} goes on only with the data that it was begun with. "
                + $"{difference} Put them back, or give their place by --data.");
        if (found.Notice is { } notice) options.Notice?.Invoke(notice);
        configuration = configuration with { Data = RunData.Of(found) };
        SaveConfiguration();
        SetPlan(found.Training.Count);
        return data = found;
    }

    /// <summary>
    /// A file or folder that the lab needs, looked for in the folders of <c>--data</c> and <c>FEATUREMAP_DATA</c>, and in the folders in them. A place of <c>--data</c> may also be the file itself.
    /// </summary>
    /// <param name="name">Its name, such as <c>T91.zip</c>.</param>
    /// <param name="what">What it is and where one gets it, as a sentence for the message.</param>
    /// <exception cref="DataException">It is nowhere.</exception>
    public string FindFile(string name, string what)
    {
        var (path, isElsewhere, looked) = Datasets.FindFile(name, options.Data);
        if (isElsewhere) options.Notice?.Invoke($"{name} is not in {string.Join(", ", options.Data.Folders)}; {path} is used.");
        var (all, these) = (string.Join(", ", looked), looked.Count == 1 ? "it" : "them");
        var where = looked.Count == 0 ? "Nothing said where to look" : $"Looked in {all} and the folders in {these}";
        return path ?? throw new DataException($"The lab {Lab.Name} needs {name}. {what} {where}: give its folder by --data DIR.");
    }

    /// <summary>How many trainings there will be, as far as the lab has said; 0 where it has not.</summary>
    public int Expected { get; private set; }

    /// <summary>Says how many trainings there will be, so that the lines that are printed tell how far the lab is.</summary>
    public void Expect(int count) => Expected = count;

    /// <summary>Prints a line.</summary>
    public void Say(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        said = line.Trim();
        options.Say?.Invoke(line);
    }

    /// <summary>Says what the user must see, such as what is odd about the data.</summary>
    public void Notice(string text) => options.Notice?.Invoke(text);

    /// <summary>
    /// Trains a network in a folder of its own, which is an ordinary run folder. A training that is complete already is not done again, one that was stopped goes on where it was.
    /// </summary>
    /// <param name="name">Its name in the lab, such as <c>adam, seed 0</c>; the folder is called like it.</param>
    /// <param name="network">What to train.</param>
    /// <param name="data">What to train and validate on.</param>
    /// <param name="options">How; folder, threads, resuming and stopping are taken care of.</param>
    /// <exception cref="TrainingException">The loss is no longer a number. <see cref="TryTrain"/> takes that for a result.</exception>
    /// <exception cref="OperationCanceledException">The lab was asked to stop.</exception>
    public LabTraining Train(string name, Network network, SplitData data, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        Start();
        held?.Check();
        var folder = RunFolder.At(Path.Combine(Folder, Claim(name)));
        var images = ImagesOf(data, options);
        var isNew = !ranks.OfFirst(File.Exists(folder.ModelPath));
        if (!isNew) ranks.Share(folder.Location, RunLog.JsonFileName, ModelFile.NetworkName, ModelFile.WeightsName);
        else Tell(name, folder.Name, images);
        var training = isNew ? Fit(name, folder, network, data, options) : Finished(name, folder, network);
        trainings.Add(training);
        Count(images, isNew);
        return training;
    }

    /// <summary>The same, where a training that diverges is a result like others.</summary>
    /// <returns>The training; null where its loss left all numbers.</returns>
    public LabTraining? TryTrain(string name, Network network, SplitData data, TrainingOptions options)
    {
        Start();
        var key = $"{name}: diverged";
        if (measured.Has(key))
        {
            Claim(name);
            Say($"  {Counted()}{name}: diverged before");
            Count(ImagesOf(data, options), isNew: false);
            return null;
        }
        try
        {
            return Train(name, network, data, options);
        }
        catch (TrainingException error)
        {
            measured.Set(key, error.Message);
            Say($"  {Counted()}{name}: diverged");
            Count(ImagesOf(data, options), isNew: true);
            return null;
        }
    }

    /// <summary>Measures something once: the value is kept in the folder and in the figures, and a resumed lab gets it back.</summary>
    /// <typeparam name="T">A number, a text, a list, a tuple or a record of such.</typeparam>
    /// <param name="name">What it is; unique in the lab.</param>
    /// <param name="measure">Does the work.</param>
    public T Measure<T>(string name, Func<T> measure)
    {
        ArgumentNullException.ThrowIfNull(measure);
        Start();
        Claim(name);
        if (!measured.Has(name))
        {
            StopTogether();
            Tell(name, "", 0);
            ranks.OnFirst(() => measured.Set(name, measure()));
            if (options.Collective is not null)
            {
                ranks.Share(Folder, LabMeasurements.FileName);
                measured = new LabMeasurements(Folder);
            }
            Tell("", "", 0);
        }
        // What was written is what is used, so that a resumed lab works with the same values.
        return measured.Get<T>(name);
    }

    /// <summary>
    /// To be called in long work of one's own, at places where stopping loses little. Of several ranks one that was asked to stop does so
    /// with the others, at the next training or measurement.
    /// </summary>
    /// <exception cref="OperationCanceledException">The lab was asked to stop.</exception>
    public void ThrowIfStopped()
    {
        if (ranks.IsAlone) Cancellation.ThrowIfCancellationRequested();
    }

    private void StopTogether()
    {
        if (ranks.AnyOf(Cancellation.IsCancellationRequested)) throw new OperationCanceledException(Cancellation);
    }

    private LabTraining Fit(string name, RunFolder folder, Network network, SplitData images, TrainingOptions given)
    {
        StopTogether();
        var settings = given with
        {
            Folder = folder,
            Collective = options.Collective,
            Resume = true,
            Threads = Threads,
            LaneWidth = options.LaneWidth,
            Device = options.Device,
            Notice = options.Notice,
            Cancellation = Cancellation,
            EpochEnded = Lines(name, given),
        };
        using var folderHeld = folder.Hold();
        if (LabTrainingFile.Of(this, name, images, settings) is { } file) RunFolder.WriteText(folder.ConfigPath, file.ToJson());
        NetworkFile.Save(folder.NetworkPath, network);
        var run = Trainer.Fit(network, images, settings);
        if (!run.IsComplete)
        {
            // Also where the training alone was asked to stop: the lab cannot go on without it.
            WasStopped = true;
            throw new OperationCanceledException(Cancellation);
        }
        // Rank 0 knows the epochs before a stop, and its clock is everybody's.
        ranks.Share(folder.Location, RunLog.JsonFileName);
        var training = new LabTraining(name, folder, run.Model, ranks.IsFirst ? run.Epochs : RunLog.Read(folder.Location).Epochs);
        Say($"  {Counted()}{name}: {Result(training)}, {training.Seconds:0.0} s");
        return training;
    }

    private static string Result(LabTraining training) => training.Epochs[^1] is var last && double.IsNaN(last.ValidationMetric) ? $"loss {training.Loss:0.0000}"
        : last.Metric.IsAccuracy ? last.Metric.Format(last.ValidationMetric) : $"{last.Metric.Name} {last.Metric.Format(last.ValidationMetric)}";

    private LabTraining Finished(string name, RunFolder folder, Network network)
    {
        var model = ModelFile.Load(folder.Location);
        if (NetworkFile.Sha256(model.Network) != NetworkFile.Sha256(network))
            throw new DataException($"The training '{name}' in {folder.Location} is of another network than the lab makes now: it was made by another version. Begin the lab again, without --resume.");
        var training = new LabTraining(name, folder, model, RunLog.Read(folder.Location).Epochs);
        Say($"  {Counted()}{name}: {Result(training)}, done before");
        return training;
    }

    // A line for an epoch where a training takes long, so that the lab is never silent for more than some seconds.
    private Action<EpochRecord> Lines(string name, TrainingOptions given)
    {
        const int Silence = 10_000;
        var last = Environment.TickCount64;
        return epoch =>
        {
            given.EpochEnded?.Invoke(epoch);
            if (Environment.TickCount64 - last < Silence || epoch.Epoch == given.Epochs) return;
            last = Environment.TickCount64;
            var accuracy = double.IsNaN(epoch.ValidationAccuracy) ? "" : $", {epoch.ValidationAccuracy * 100:0.00} %";
            Say($"      {name}: epoch {epoch.Epoch} of {given.Epochs}, loss {epoch.TrainLoss:0.0000}{accuracy}");
        };
    }

    // What the lab says by Expect wins over its plan.
    private void SetPlan(int? images)
    {
        plan = Lab.Plan(Settings, images);
        if (plan is not null && done == 0) Expected = plan.Trainings;
    }

    private static long ImagesOf(SplitData data, TrainingOptions options) =>
        (long)options.Epochs * options.Sampler.Count(data.Training, Math.Min(options.BatchSize, data.Training.Count));

    private void Count(long images, bool isNew)
    {
        done++;
        imagesDone += images;
        if (isNew) imagesHere += images;
        Tell("", "", 0);
    }

    private void Tell(string now, string run, long images) => watch?.Write(new LabLive
    {
        Trainings = done,
        Expected = Expected,
        Now = now,
        Run = run,
        Said = said,
        Images = plan?.Images ?? 0,
        ImagesDone = imagesDone,
        ImagesOfTraining = images,
        SecondsPerImage = imagesHere == 0 ? double.NaN : (Environment.TickCount64 - begun) / 1000.0 / imagesHere,
        Process = Environment.ProcessId,
        Time = DateTime.UtcNow,
    });

    private string Counted() => Expected == 0 ? "" : $"{Math.Min(done + 1, Expected)} of {Expected}  ";

    // The folder of a training, or the key of a measurement.
    private string Claim(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var safe = NewFolder.SafeName(name);
        return names.Add(safe) ? safe : throw new UsageException($"The lab {Lab.Name} trains or measures '{name}' twice: each needs a name of its own.");
    }

    private void SaveConfiguration() => RunFolder.WriteText(Path.Combine(Folder, LabConfiguration.FileName), configuration.ToJson());
}
