namespace Appliance.Web.Hosting;

/// <summary>This machine or a setting does not allow the start. The message is one sentence for the operator; a stack trace would not help.</summary>
public sealed class StartException(string message) : Exception(message);
