using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>What a campaign saw.</summary>
/// <param name="Refused">Damaged files that ended in one of our errors; the others were read.</param>
/// <param name="Slowest">The longest time of one file, in milliseconds.</param>
/// <param name="MostAllocated">The most memory that one file made the reader ask for.</param>
internal sealed record FuzzResult(int Refused, long Slowest, long MostAllocated);

/// <summary>
/// Gives a reader thousands of damaged files: each must be read or end in one of our errors, within a second, and without asking for more memory
/// than allowed. The files are the same each time; <c>FEATUREMAP_FUZZ_MUTATIONS</c> makes the campaign longer or shorter.
/// </summary>
internal static class FuzzCampaign
{
    public const string Variable = "FEATUREMAP_FUZZ_MUTATIONS";

    private const int Longest = 1000;

    public static int Mutations { get; } =
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 2000;

    /// <param name="original">A whole file.</param>
    /// <param name="headBias">Bytes at the start in which half of the changes fall.</param>
    /// <param name="read">Reads a file.</param>
    /// <param name="mostAllocated">Bytes that one file may make the reading thread ask for.</param>
    /// <param name="repair">Makes checksums right again, for every other file, so that what is behind them is reached too.</param>
    public static FuzzResult Run(byte[] original, int headBias, Action<byte[]> read, long mostAllocated, Func<byte[], byte[]>? repair = null)
    {
        read(original); // also compiles the reader, so that its time and memory are not counted
        int refused = 0;
        long slowest = 0, most = 0;
        for (uint round = 0; round < Mutations; round++)
        {
            var file = Data.Mutations.Of(original, round, headBias);
            if (repair is not null && round % 2 == 1) file = repair(file);
            var (isRefused, time, allocated) = Once(file, round, read);
            // On a busy machine a thread may stand still for long: only what is slow three times is slow.
            for (var again = 0; again < 2 && time > Longest; again++)
                time = Math.Min(time, Once(file, round, read).Time);
            Assert.True(time <= Longest, $"Mutation {round} takes {time} ms.");
            Assert.True(allocated <= mostAllocated, $"Mutation {round} asks for {allocated:N0} bytes; at most {mostAllocated:N0} are allowed.");
            refused += isRefused ? 1 : 0;
            (slowest, most) = (Math.Max(slowest, time), Math.Max(most, allocated));
        }
        return new(refused, slowest, most);
    }

    private static (bool IsRefused, long Time, long Allocated) Once(byte[] file, uint round, Action<byte[]> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        var isRefused = false;
        try
        {
            read(file);
        }
        catch (DataException)
        {
            isRefused = true;
        }
        catch (Exception error)
        {
            Assert.Fail($"Mutation {round} ends in {error.GetType().Name}: {error}");
        }
        return (isRefused, clock.ElapsedMilliseconds, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
