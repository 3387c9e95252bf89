using FeatureMap.Ops;
using FeatureMap.Tests.Cli;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>What several ranks do around a training: one folder, and one error for all.</summary>
public sealed class RankTeamTests : IDisposable
{
    private readonly SmallWorld world = new(threads: 1);

    public void Dispose() => world.Dispose();

    private static RankTeam Team(ICollective collective) =>
        new(collective, [.. Enumerable.Range(0, collective.Ranks).Select(rank => $"host-{rank}")], "threads");

    private TrainArguments Arguments(string root) => new()
    {
        Recipe = "mnist-20k",
        Data = [world.Data],
        Out = world[root],
        Assignments = [("epochs", "2"), ("batch-size", "40"), ("threads", "1")],
    };

    private static TrainOutcome? Train(
        ICollective collective, TrainArguments arguments, TrainWatcher? watcher = null, CancellationToken cancellation = default)
    {
        using var team = Team(collective);
        if (team.Share(arguments) is not { } shared) return null;
        var context = new WorkContext { Ranks = team, Cancellation = cancellation };
        return new TrainWork(TrainRequest.From(shared, context), context, team.IsFirst ? watcher : null).Run();
    }

    [Fact]
    public void A_run_of_three_ranks_has_the_folder_and_the_bits_of_one()
    {
        var context = new WorkContext();
        var whole = new TrainWork(TrainRequest.From(Arguments("alone"), context), context).Run();
        var outcomes = RanksInThreads.Run(3, collective => Train(collective, Arguments("runs")));
        Assert.All(outcomes, outcome => Assert.Equal(whole.Model.Weights.Sha256(), outcome!.Model.Weights.Sha256()));
        Assert.Single(Directory.GetDirectories(world["runs"]));
        Assert.True(outcomes[0]!.HasReport);
        Assert.All(outcomes[1..], outcome => Assert.False(Directory.Exists(outcome!.Folder.Location)));
        // Gone on with, it is complete: one rank says so, and the others have nothing to do.
        var again = RanksInThreads.Run(2, collective => Train(collective, new TrainArguments { Resume = outcomes[0]!.Folder.Location }));
        Assert.Null(again[0]!.Run);
        Assert.Null(again[1]);
    }

    [Fact]
    public void A_stopped_run_goes_on_with_other_ranks_that_do_not_see_its_folder()
    {
        var context = new WorkContext();
        var whole = new TrainWork(TrainRequest.From(Arguments("alone"), context), context).Run();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var stopped = RanksInThreads.Run(
            3, collective => Train(collective, Arguments("runs"), cancellation: collective.Rank == 1 ? stop.Token : default));
        Assert.All(stopped, outcome => Assert.False(outcome!.IsComplete));
        var place = stopped[0]!.Folder.Location;
        var rest = RanksInThreads.Run(2, collective => Train(collective, new TrainArguments { Resume = place, Data = [world.Data] }));
        Assert.All(rest, outcome => Assert.Equal(whole.Model.Weights.Sha256(), outcome!.Model.Weights.Sha256()));
        Assert.Equal(place, rest[0]!.Folder.Location);
    }

    [Theory]
    [InlineData(1)] // among the small images
    [InlineData(3)] // among the large ones
    public void A_training_of_two_parts_goes_on_in_either(int epoch)
    {
        var context = new WorkContext();
        TrainArguments Progressive(string root) =>
            Arguments(root) with { Assignments = [("epochs", "4"), ("progressive", "18"), ("batch-size", "40"), ("threads", "1")] };
        var whole = new TrainWork(TrainRequest.From(Progressive("alone"), context), context).Run();
        using var stop = new CancellationTokenSource();
        var stopped = RanksInThreads.Run(
            2, collective => Train(collective, Progressive("runs"), new StopAt(epoch, stop), collective.Rank == 0 ? stop.Token : default));
        Assert.All(stopped, outcome => Assert.False(outcome!.IsComplete));
        var place = stopped[0]!.Folder.Location;
        var rest = RanksInThreads.Run(3, collective => Train(collective, new TrainArguments { Resume = place, Data = [world.Data] }));
        Assert.All(rest, outcome => Assert.Equal(whole.Model.Weights.Sha256(), outcome!.Model.Weights.Sha256()));
    }

    private sealed class StopAt(int last, CancellationTokenSource stop) : TrainWatcher
    {
        private int ended;

        public override void EndEpoch(EpochRecord epoch)
        {
            if (++ended == last) stop.Cancel();
        }
    }

    [Fact]
    public void What_keeps_one_rank_from_beginning_is_told_to_all()
    {
        var heard = RanksInThreads.Run(3, collective =>
        {
            using var team = Team(collective);
            if (collective.Rank == 1)
            {
                team.Agree(new DataException("There is no data set here."));
                return "";
            }
            var error = Assert.Throws<RankException>(() => team.Agree(null));
            Assert.True(error.IsOfAll && team.HasAgreed);
            return error.Message;
        });
        const string text = "Rank 1 on host-1 cannot begin: There is no data set here.";
        Assert.Equal([text, "", text], heard);
    }
}
