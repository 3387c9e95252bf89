using System.Runtime.InteropServices;
using System.Text;

namespace FeatureMap.Mpi;

/// <summary>
/// The library of MPI that is on this machine, as one set of function pointers for all of them: a handle of MPI travels as a native
/// integer, of which the MPICH family reads the low half. Only constants differ: those of Open MPI are addresses of exported symbols, those
/// of the MPICH family numbers of its header <c>mpi.h</c>.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The environment variable with the file of the library, where it is not found by itself.</summary>
    public const string Variable = "FEATUREMAP_MPI";

    // MPI_THREAD_SERIALIZED: any thread may call, one at a time.
    private const int Serialized = 2;

    // More than any of them asks for its texts (MPI_MAX_LIBRARY_VERSION_STRING of MPICH).
    private const int TextBytes = 8192;

    private readonly nint handle;
    private readonly nint world, bytes, errorsReturn;
    private readonly void* statusIgnore;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, nint*, int> allGather, allToAll;
    private readonly delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, nint*, int> broadcast;
    private readonly delegate* unmanaged[Cdecl]<nint*, int*, void*, int> test;

    private MpiLibrary(nint handle, string file)
    {
        (this.handle, File) = (handle, file);
        var version = (delegate* unmanaged[Cdecl]<byte*, int*, int>)Function("MPI_Get_library_version");
        var line = Text((buffer, length) => version(buffer, length)).Split('\n', ',')[0];
        var words = line.Split((char[])[' ', '\t', '\0'], StringSplitOptions.RemoveEmptyEntries);
        Version = string.Join(' ', words.Where(word => word != "Version:"));
        if (NativeLibrary.TryGetExport(handle, "ompi_mpi_comm_world", out world))
        {
            (bytes, errorsReturn) = (Export("ompi_mpi_byte"), Export("ompi_mpi_errors_return"));
        }
        else
        {
            (world, bytes, errorsReturn) = (0x44000000, 0x4c00010d, 0x54000001);
            statusIgnore = (void*)1;
        }
        allGather = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, nint*, int>)Function("MPI_Iallgather");
        allToAll = (delegate* unmanaged[Cdecl]<void*, int, nint, void*, int, nint, nint, nint*, int>)Function("MPI_Ialltoall");
        broadcast = (delegate* unmanaged[Cdecl]<void*, int, nint, int, nint, nint*, int>)Function("MPI_Ibcast");
        test = (delegate* unmanaged[Cdecl]<nint*, int*, void*, int>)Function("MPI_Test");
    }

    private delegate int TextCall(byte* buffer, int* length);

    /// <summary>Its file, as it was asked for.</summary>
    public string File { get; }

    /// <summary>What it calls itself, such as <c>Open MPI v4.1.4</c>.</summary>
    public string Version { get; }

    /// <summary>Finds and opens the library of a launcher. MPI is not begun by it.</summary>
    /// <exception cref="RankException">There is none, or it is too old.</exception>
    public static MpiLibrary Load(MpiLaunch launch)
    {
        var own = Environment.GetEnvironmentVariable(Variable);
        var names = own is { Length: > 0 } ? [own] : Names(launch.IsOpenMpi);
        foreach (var name in names)
            if (NativeLibrary.TryLoad(name, out var handle))
                return new MpiLibrary(handle, name);
        var family = launch.IsOpenMpi ? "Open MPI" : "MPICH";
        throw new RankException($"The {launch.Launcher} started this process on {Environment.MachineName} as one of {launch.Ranks}, and "
            + $"the library of {family} is not there: looked for {string.Join(", ", names)}. Without it each of them would train by "
            + $"itself. Install the runtime of {family} on every machine, or set {Variable} to its file.");
    }

    /// <summary>The names of the library, those of the launcher's family first.</summary>
    internal static string[] Names(bool isOpenMpi) => OperatingSystem.IsWindows() ? ["msmpi.dll"]
        : (OperatingSystem.IsMacOS(), isOpenMpi) switch
        {
            (false, true) => ["libmpi.so.40", "libmpi.so"],
            (false, false) => ["libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.so"],
            (true, true) => ["libmpi.40.dylib", "libmpi.dylib"],
            (true, false) => ["libmpi.12.dylib", "libmpi.dylib"],
        };

    /// <summary>Begins MPI, and has errors returned instead of ending the process.</summary>
    /// <returns>Rank and ranks.</returns>
    /// <exception cref="RankException">It fails, or threads cannot be used with it.</exception>
    public (int Rank, int Ranks) Begin()
    {
        int granted, rank, ranks;
        Check(((delegate* unmanaged[Cdecl]<void*, void*, int, int*, int>)Function("MPI_Init_thread"))(null, null, Serialized, &granted),
            "MPI_Init_thread");
        if (granted < Serialized)
            throw new RankException($"The library {File} ({Version}) was built without threads: MPI_THREAD_SERIALIZED was asked for, and "
                + $"level {granted} granted. Use one that was built with them.");
        Check(((delegate* unmanaged[Cdecl]<nint, nint, int>)Function("MPI_Comm_set_errhandler"))(world, errorsReturn),
            "MPI_Comm_set_errhandler");
        Check(((delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_rank"))(world, &rank), "MPI_Comm_rank");
        Check(((delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_size"))(world, &ranks), "MPI_Comm_size");
        return (rank, ranks);
    }

    /// <summary>Ends MPI; waits for the others.</summary>
    public void End() => Check(((delegate* unmanaged[Cdecl]<int>)Function("MPI_Finalize"))(), "MPI_Finalize");

    /// <summary>Has the launcher end all processes.</summary>
    public void Abort(int code) => _ = ((delegate* unmanaged[Cdecl]<nint, int, int>)Function("MPI_Abort"))(world, code);

    /// <summary>Begins to bring what each has to all; the request is done later.</summary>
    public nint AllGather(byte* own, int count, byte* all)
    {
        nint request = 0;
        Check(allGather(own, count, bytes, all, count, bytes, world, &request), "MPI_Iallgather");
        return request;
    }

    /// <summary>Begins to bring to each what all have for it.</summary>
    public nint AllToAll(byte* own, int count, byte* all)
    {
        nint request = 0;
        Check(allToAll(own, count, bytes, all, count, bytes, world, &request), "MPI_Ialltoall");
        return request;
    }

    /// <summary>Begins to bring what rank 0 has to all others.</summary>
    public nint Broadcast(byte* data, int count)
    {
        nint request = 0;
        Check(broadcast(data, count, bytes, 0, world, &request), "MPI_Ibcast");
        return request;
    }

    /// <summary>Whether a request is done; looking is what makes it go on.</summary>
    public bool IsDone(ref nint request)
    {
        int done;
        fixed (nint* pointer = &request)
            Check(test(pointer, &done, statusIgnore), "MPI_Test");
        return done != 0;
    }

    private void Check(int code, string what)
    {
        if (code != 0) throw Failure(code, what);
    }

    // Apart, so that a call which is right makes no closure.
    private RankException Failure(int code, string what)
    {
        var text = Text((buffer, length) =>
            ((delegate* unmanaged[Cdecl]<int, byte*, int*, int>)Function("MPI_Error_string"))(code, buffer, length));
        return new RankException($"{what} of {File} ({Version}) failed on {Environment.MachineName}: {text.Trim()}");
    }

    private static string Text(TextCall call)
    {
        var buffer = new byte[TextBytes];
        fixed (byte* pointer = buffer)
        {
            int length;
            _ = call(pointer, &length);
            return Encoding.UTF8.GetString(buffer, 0, Math.Clamp(length, 0, TextBytes)).TrimEnd('\0');
        }
    }

    private nint Export(string symbol) => NativeLibrary.TryGetExport(handle, symbol, out var address) ? address
        : throw new RankException($"The library {File} has no {symbol}. FeatureMap needs MPI 3.0 of 2012 or later; set {Variable} to the "
            + "file of one.");

    private nint Function(string name) => Export(name);
}
