using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What a studio is made of, between its two doors, HTTP and the socket.</summary>
internal sealed class StudioRooms : IAsyncDisposable
{
    public StudioRooms(StudioOptions options)
    {
        Shelf = new ModelShelf(options.Project, options.Runs);
        Data = new DataShelf(options.Data);
        Images = new StudioImages(Shelf) { Sets = new SetImages(Data) };
        Trying = new TryRoom(Shelf, Images, Hub);
        Walking = new WalkRoom(Shelf, Images);
        Exports = new ExportDesk(Shelf);
        Designing = new DesignRoom(Shelf, new NetworkFolder(options.Project), Images);
        Catalogue = new RunCatalogue(options.Runs);
        var judge = new RunJudge(Catalogue);
        Images.Judged = new JudgedImages(judge);
        LabCatalogue = new LabCatalogue(options.Runs);
        Watcher = new RunWatcher(Catalogue, LabCatalogue, Hub);
        Queue = new TrainingQueue(options.Tool, Catalogue, LabCatalogue, Hub);
        var training = new TrainDesk(options.Project, options.Runs, Shelf, Catalogue, options.Data);
        var trainRoom = new TrainRoom(Catalogue, LabCatalogue, training, Queue, Hub);
        Runs = new RunDesk(Catalogue, judge, training, trainRoom, Queue, Watcher, Hub);
        Labs = new LabRoom(LabCatalogue, Catalogue, new LabDesk(training, LabCatalogue), Queue, Watcher, Hub, Runs);
        Desk = new Desk(Images, Trying, Walking, Designing, new DataRoom(Data, Shelf), Runs, Labs);
        Api = new ApiDesk(Trying, new UploadDesk(Images, Hub), Designing, Exports, Runs, Labs);
    }

    /// <summary>Runs by id.</summary>
    public RunCatalogue Catalogue { get; }

    /// <summary>Labs by id.</summary>
    public LabCatalogue LabCatalogue { get; }

    /// <summary>Tells what happens to runs and labs.</summary>
    public RunWatcher Watcher { get; }

    /// <summary>The pages of labs.</summary>
    public LabRoom Labs { get; }

    /// <summary>Begins trainings, labs, range tests and trials.</summary>
    public TrainingQueue Queue { get; }

    /// <summary>The pages Train, Runs, Run and Compare.</summary>
    public RunDesk Runs { get; }

    /// <summary>Models by id.</summary>
    public ModelShelf Shelf { get; }

    /// <summary>Data sets by id.</summary>
    public DataShelf Data { get; }

    /// <summary>Images by id.</summary>
    public StudioImages Images { get; }

    /// <summary>What happens, by topic.</summary>
    public Hub Hub { get; } = new();

    /// <summary>The page Try.</summary>
    public TryRoom Trying { get; }

    /// <summary>The page Walk.</summary>
    public WalkRoom Walking { get; }

    /// <summary>The page Design.</summary>
    public DesignRoom Designing { get; }

    /// <summary>Makes files of models.</summary>
    public ExportDesk Exports { get; }

    /// <summary>Answers addresses.</summary>
    public Desk Desk { get; }

    /// <summary>Takes what is sent.</summary>
    public ApiDesk Api { get; }

    /// <summary>Nothing is watched or begun any longer.</summary>
    public async ValueTask DisposeAsync()
    {
        await Watcher.DisposeAsync();
        await Queue.DisposeAsync();
    }
}
