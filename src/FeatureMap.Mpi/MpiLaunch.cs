using System.Globalization;

namespace FeatureMap.Mpi;

/// <summary>What the environment says of the launcher that started this process.</summary>
/// <param name="Launcher">The launcher, such as <c>mpirun of Open MPI</c>.</param>
/// <param name="Rank">Which process this one is, from 0.</param>
/// <param name="Ranks">How many processes it started.</param>
/// <param name="LocalRanks">How many of them on this machine; 0 where it does not say.</param>
public sealed record MpiLaunch(string Launcher, int Rank, int Ranks, int LocalRanks)
{
    /// <summary>The launcher of this process; null where there is none.</summary>
    public static MpiLaunch? Current => Of(Environment.GetEnvironmentVariable);

    /// <summary>Whether this process is the first of those on its machine; true where the launcher does not say.</summary>
    public bool IsFirstHere { get; private init; } = true;

    /// <summary>Whether it is that of Open MPI; otherwise it is one of the MPICH family.</summary>
    internal bool IsOpenMpi { get; private init; }

    internal static MpiLaunch? Of(Func<string, string?> variable)
    {
        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

        if (Number("OMPI_COMM_WORLD_SIZE") is { } ranks)
            return new("mpirun of Open MPI", Number("OMPI_COMM_WORLD_RANK") ?? 0, ranks, Number("OMPI_COMM_WORLD_LOCAL_SIZE") ?? 0)
            {
                IsOpenMpi = true,
                IsFirstHere = Number("OMPI_COMM_WORLD_LOCAL_RANK") is null or 0,
            };
        // Hydra, the launcher of MPICH and of what descends from it: Intel MPI, MVAPICH, MS-MPI.
        return Number("PMI_SIZE") is { } size && Number("PMI_RANK") is { } rank
            ? new("mpirun of MPICH", rank, size, Number("MPI_LOCALNRANKS") ?? 0)
            {
                IsFirstHere = Number("MPI_LOCALRANKID") is null or 0,
            }
            : null;
    }
}
