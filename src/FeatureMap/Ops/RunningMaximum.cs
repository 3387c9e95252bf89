using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>The rule by which all poolings find their largest number, lane by lane: the first among equal ones stays, and NaN wins so that it is noticed.</summary>
internal static class RunningMaximum<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Replaces the largest number so far, and what says where it stands, where the new one is larger or not a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Challenge(ref TLanes largest, ref TLanes place, TLanes value, TLanes valuePlace)
    {
        var isNumber = TLanes.EqualTo(value, value);
        var isLarger = TLanes.GreaterThan(value, largest);
        largest = TLanes.Select(isNumber, TLanes.Select(isLarger, value, largest), value);
        place = TLanes.Select(isNumber, TLanes.Select(isLarger, valuePlace, place), valuePlace);
    }

    /// <summary>The same where nobody asks where the largest stands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Challenge<TPlaces>(ref TLanes largest, ref TLanes place, TLanes value, float valuePlace)
        where TPlaces : struct, IAnswer
    {
        if (TPlaces.IsYes)
            Challenge(ref largest, ref place, value, TLanes.Broadcast(valuePlace));
        else
            largest = TLanes.Select(TLanes.EqualTo(value, value), TLanes.Select(TLanes.GreaterThan(value, largest), value, largest), value);
    }
}
