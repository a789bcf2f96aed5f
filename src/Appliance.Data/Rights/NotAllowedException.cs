namespace Appliance.Data.Rights;

/// <summary>
/// Somebody asked a door for what they may not do. Pages do not offer it, so this is a race with a change of rights, or a forged message;
/// the text is a sentence for people.
/// </summary>
public sealed class NotAllowedException(string message) : Exception(message);
