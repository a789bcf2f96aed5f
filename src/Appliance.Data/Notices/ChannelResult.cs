namespace Appliance.Data.Notices;

/// <summary>The result of changing a channel. A closed set.</summary>
public abstract record ChannelResult
{
    private ChannelResult() { }

    /// <summary>Done; the channel as it is now, or as it was when it was deleted.</summary>
    public sealed record Done(Guid Id, string Name) : ChannelResult;

    /// <summary>Impossible; a sentence that says why.</summary>
    /// <param name="Field">The field it is about: <c>name</c>, or empty.</param>
    /// <param name="Reason">Why, a sentence.</param>
    public sealed record Refused(string Field, string Reason) : ChannelResult;
}
