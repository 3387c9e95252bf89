using FeatureMap.Cli;
using FeatureMap.Mpi;
using Xunit;

namespace FeatureMap.Tests.Mpi;

/// <summary>
/// What launchers say in the environment, and where they bind processes. What MPI itself does, <c>tests/mpi.sh</c> tries with the
/// libraries.
/// </summary>
public sealed class MpiLaunchTests
{
    private static MpiLaunch? Of(params (string Name, string Value)[] variables) =>
        MpiLaunch.Of(variables.ToDictionary(pair => pair.Name, pair => pair.Value).GetValueOrDefault);

    [Fact]
    public void Launchers_are_known_by_what_they_set()
    {
        Assert.Null(Of());
        Assert.Null(Of(("SLURM_NTASKS", "4"), ("PMI_SIZE", "many")));
        var open = Of(("OMPI_COMM_WORLD_SIZE", "4"), ("OMPI_COMM_WORLD_RANK", "3"), ("OMPI_COMM_WORLD_LOCAL_SIZE", "2"));
        Assert.Equal(("mpirun of Open MPI", 3, 4, 2, true), (open!.Launcher, open.Rank, open.Ranks, open.LocalRanks, open.IsOpenMpi));
        var hydra = Of(("PMI_SIZE", "5"), ("PMI_RANK", "0"), ("MPI_LOCALNRANKS", "5"));
        Assert.Equal(("mpirun of MPICH", 0, 5, 5, false), (hydra!.Launcher, hydra.Rank, hydra.Ranks, hydra.LocalRanks, hydra.IsOpenMpi));
        Assert.True(open.IsFirstHere && hydra.IsFirstHere); // not said
        Assert.False(Of(("OMPI_COMM_WORLD_SIZE", "4"), ("OMPI_COMM_WORLD_RANK", "3"), ("OMPI_COMM_WORLD_LOCAL_RANK", "1"))!.IsFirstHere);
        Assert.False(Of(("PMI_SIZE", "5"), ("PMI_RANK", "3"), ("MPI_LOCALRANKID", "1"))!.IsFirstHere);
        Assert.True(Of(("PMI_SIZE", "5"), ("PMI_RANK", "3"), ("MPI_LOCALRANKID", "0"))!.IsFirstHere);
    }

    [Fact]
    public void A_missing_library_is_named_with_what_to_install()
    {
        var launch = Of(("OMPI_COMM_WORLD_SIZE", "4"))!;
        var before = Environment.GetEnvironmentVariable(MpiLibrary.Variable);
        try
        {
            Environment.SetEnvironmentVariable(MpiLibrary.Variable, "/nowhere/libmpi.so");
            var error = Assert.Throws<RankException>(() => MpiLibrary.Load(launch));
            Assert.Equal($"The mpirun of Open MPI started this process on {Environment.MachineName} as one of 4, and the library of Open "
                + "MPI is not there: looked for /nowhere/libmpi.so. Without it each of them would train by itself. Install the runtime of "
                + $"Open MPI on every machine, or set {MpiLibrary.Variable} to its file.", error.Message);
        }
        finally
        {
            Environment.SetEnvironmentVariable(MpiLibrary.Variable, before);
        }
        Assert.All([true, false], isOpenMpi => Assert.NotEmpty(MpiLibrary.Names(isOpenMpi)));
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("0-3", 4)]
    [InlineData("0-3,8,10-11", 7)]
    public void Lists_of_processors_are_counted(string list, int count) => Assert.Equal(count, ProcessorBinding.Count(list));

    [Fact]
    public void Idle_and_shared_processors_are_told()
    {
        Assert.Null(ProcessorBinding.Notice("a", "mpirun", [1, 1], 2, hasThreads: false));
        Assert.Contains("binds the rank on a to 1 of 8 processors, and the others stay idle. mpirun --bind-to none",
            ProcessorBinding.Notice("a", "mpirun", [1], 8, hasThreads: true), StringComparison.Ordinal);
        Assert.Equal("The 4 ranks on a share 8 processors, and each of them uses 8 threads. Faster: --threads 2.",
            ProcessorBinding.Notice("a", "mpirun", [8, 8, 8, 8], 8, hasThreads: false));
        Assert.Null(ProcessorBinding.Notice("a", "mpirun", [8, 8, 8, 8], 8, hasThreads: true));
        Assert.InRange(ProcessorBinding.Own, 1, ProcessorBinding.Machine);
    }
}
