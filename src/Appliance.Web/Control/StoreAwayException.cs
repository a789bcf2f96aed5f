namespace Appliance.Web.Control;

/// <summary>The running process answered 503: its database cannot be used. The message is its sentence.</summary>
public sealed class StoreAwayException(string message) : Exception(message);
